# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Packages from Debian's archive without installing them: a private apt with own
# sources, lists and cache. No root, Debian's signatures checked.

# shellcheck disable=SC2034 # used by those who source this
cache=${XDG_CACHE_HOME:-$HOME/.cache}/snp_psc
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
table=$(dirname "$(realpath "$0")")/../kernels/debian

die()
{
	echo "${0##*/}: $*" >&2
	exit 64
}

# The URI of the Debian archive (main) or of its security archive (security)
# that this machine itself uses. Without lists apt does not know whose archive
# it is, so then the name has to tell.
machine_uses()
{
	# shellcheck disable=SC2016 # the fields are apt's
	apt-get indextargets --format '$(COMPONENT)|$(RELEASE)|$(REPO_URI)|$(ORIGIN)' \
		'Created-By: Packages' 2>/dev/null |
	awk -F '|' -v want="$1" '
		$1 != "main" || $3 !~ /^https?:/ { next }
		$4 != "Debian" && !($4 == "$(ORIGIN)" && $3 ~ /\/debian(-security)?\/$/) { next }
		($2 ~ /-security$|\/updates$/ ? "security" : "main") == want { print $3; exit }'
}

mirror()
{
	if [ -n "${DEBIAN_MIRROR:-}" ]; then
		echo "$DEBIAN_MIRROR"
		return
	fi
	uri=$(machine_uses main)
	# Not a Debian machine: the mirror that debootstrap would take.
	if [ -z "$uri" ] && program=$(command -v debootstrap); then
		uri=$(sed -n 's/^DEF_MIRROR="\(.*\)"$/\1/p' "$program")
	fi
	[ -n "$uri" ] || die "no Debian mirror known: set DEBIAN_MIRROR"
	echo "$uri"
}

# known FIELD [KERNEL]: of the table of Debian's kernels
known()
{
	awk -F '\t' -v field="$1" -v name="${2:-}" '
		!/^#/ && (name == "" || $1 == name) { print $field; n++ } END { exit !n }' "$table" ||
		die "unknown kernel $2; there are $(known 1 | xargs)"
}

# sources SUITE...: lines for a sources.list
sources()
{
	main=$(mirror)
	security=$(machine_uses security)
	for suite; do
		uri=$main
		case $suite in *-security) uri=$security ;; esac
		# The newest packages are in the security archive, the others do as well.
		[ -n "$uri" ] || continue
		echo "deb [signed-by=$keyring target=Packages] $uri $suite main"
	done
}

# configure_apt SUITE...: apt/conf, for the tools of apt
configure_apt()
{
	[ -r "$keyring" ] || die "no $keyring: install debian-archive-keyring"
	apt=$PWD/apt
	mkdir -p apt/lists/partial apt/cache/archives/partial
	sources "$@" >apt/sources.list
	cat >apt/conf <<-END
		Dir::Etc::SourceList "$apt/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::Preferences "/dev/null";
		Dir::Etc::PreferencesParts "/dev/null";
		Dir::State "$apt";
		Dir::State::Lists "$apt/lists";
		Dir::State::Status "/dev/null";
		Dir::Cache "$apt/cache";
		APT::Sandbox::User "";
		APT::Get::AllowUnauthenticated "false";
		Acquire::AllowInsecureRepositories "false";
		Acquire::Languages "none";
		Acquire::Retries "3";
		#clear APT::Update;
	END
	apt-get -c apt/conf -qq update >&2 || die "apt-get update failed"
}

# download PACKAGE...: what an interrupted attempt left is not fetched again
download()
{
	echo "${0##*/}: fetching" "$@" >&2
	apt-get -c apt/conf -q download "$@" >&2 || die "download failed, start again to resume"
}

# What DIR/key has to hold, if anything, for what is in DIR to be of use.
key=''

usable()
{
	[ -e "$1" ] && [ "$(cat "$1/key" 2>/dev/null)" = "$key" ]
}

# cached DIR COMMAND...: unless DIR is usable, COMMAND fills a directory that becomes DIR
# when all went well. It starts in it, also where an attempt failed before.
cached()
{
	made=$1
	shift
	! usable "$made" || return 0
	parent=${made%/*} last=${made##*/}
	mkdir -p "$parent"
	(
		flock 9
		! usable "$made" || exit 0
		mkdir -p "$parent/.$last.new"
		cd "$parent/.$last.new" || exit
		rm -rf apt
		"$@"
		rm -rf apt "$made"
		mv -T "$parent/.$last.new" "$made"
	) 9>"$parent/.$last.lock"
}

# fetch_source VERSION SUITES
fetch_source()
{
	# shellcheck disable=SC2086 # a list
	configure_apt $2
	download "linux-source-$1"
	dpkg-deb -x ./*.deb root
	mv "root/usr/src/linux-source-$1.tar.xz" source.tar.xz
	dpkg-deb -f ./*.deb Version >version
	rm -rf root ./*.deb
}

# linux_source VERSION: print where Debian's source of that kernel is: source.tar.xz, version
linux_source()
{
	suites=$(known 3 "$1") || return
	cached "$cache/sources/$1" fetch_source "$1" "$suites"
	echo "$cache/sources/$1"
}
