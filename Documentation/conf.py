# SPDX-License-Identifier: GPL-2.0
"""Sphinx: the site that selftests/runner/docs builds of the files beside this one."""

import pathlib
import re

from docutils import nodes

HERE = pathlib.Path(__file__).parent

project = 'snp_psc'
author = 'The snp_psc authors'
# DKMS, the packages and this site have their version from one place.
version = release = re.search(r'^PACKAGE_VERSION="(.*)"$',
                              (HERE.parent / 'dkms.conf').read_text(), re.M)[1]

extensions = ['sphinx.ext.graphviz']
graphviz_output_format = 'svg'
primary_domain = 'c'
highlight_language = 'none'
smartquotes = False
html_theme = 'classic'
html_theme_options = {'stickysidebar': True, 'body_max_width': '60em'}
html_copy_source = False
html_show_copyright = False

DOCUMENT = re.compile(r'(?:Documentation/)?\b([a-z]+)\.rst\b')


def link(app, docname, text):
    """A text as nodes, of which those that name a document are links to it."""
    at = 0
    for match in DOCUMENT.finditer(text):
        target = match[1]
        if target == docname or target not in app.env.found_docs:
            continue
        yield nodes.Text(text[at:match.start()])
        yield nodes.reference('', match[0], internal=True,
                              refuri=app.builder.get_relative_uri(docname, target))
        at = match.end()
    yield nodes.Text(text[at:])


def link_documents(app, doctree, docname):
    """The documents name each other as files, for people who read them as such."""
    if app.builder.format != 'html':
        return
    for text in list(doctree.findall(nodes.Text)):
        if not isinstance(text.parent, (nodes.literal_block, nodes.reference, nodes.title)):
            text.parent.replace(text, list(link(app, docname, text.astext())))


def setup(app):
    """Called by Sphinx."""
    app.connect('doctree-resolved', link_documents)
