# SPDX-License-Identifier: GPL-2.0
#
# Tables: columns separated by "|", the first line is the head

function repeat(c, n,    text) {
	while (n-- > 0)
		text = text c
	return text
}

# What Sphinx reads, or with @markdown what else does.
function print_grid(text, k, markdown,    i, j, columns, part, width, rule, line)
{
	for (i = 1; i <= k; i++) {
		columns = split(text[i], part, "|")
		for (j = 1; j <= columns; j++)
			if (length(part[j]) > width[j])
				width[j] = length(part[j])
	}
	for (j = 1; j <= columns; j++)
		rule = rule (markdown ? "|" : j > 1 ? " " : "") repeat(markdown ? "-" : "=", width[j])
	print "" (markdown ? "" : "\n" rule)
	for (i = 1; i <= k; i++) {
		split(text[i], part, "|")
		line = ""
		for (j = 1; j <= columns; j++)
			line = line (markdown ? "|" : "") \
				sprintf(j < columns ? "%-" width[j] "s" (markdown ? "" : " ") : "%s", part[j])
		print line (markdown ? "|" : "")
		if (i == 1)
			print rule (markdown ? "|" : "")
	}
	if (!markdown)
		print rule
}
