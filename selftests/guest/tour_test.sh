#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# only: 6.1
# run: -f build/static/snp-psc -f Documentation/tour.rst
#
# The walk of Documentation/tour.rst: its commands are run, all in one shell, and what they
# print has to look like what stands there, but for numbers and for what the cells of the
# map are. What they really print is in the log, behind "# | ", to be put there anew:
#
#	sed -n 's/^# | /  /p' build/logs/tour_test-6.1/output.log
. ./ktap.sh

prompt='guest# '

# Only literal blocks are indented by two. What follows a command up to the next one, or to
# the end of its block, is its output.
commands()
{
	grep "^  $prompt" tour.rst | sed "s/^  $prompt//"
}

# expected N: the output of the Nth command
expected()
{
	awk -v n="$1" -v prompt="  $prompt" '
		index($0, prompt) == 1 { at++; next }
		/^[^ ]/ { if (at == n) exit }
		at == n { print substr($0, 3) }' tour.rst
}

# What two outputs have in common.
shape()
{
	sed 's/[[:blank:]]\{1,\}/ /g
		s/0x[0-9a-f]*/HEX/g
		s/|[^|]*|/|cells|/
		s/[0-9][0-9,.]*/N/g
		s/N [KMGT]iB/N bytes/g
		s/N [mun]*s\>/N seconds/g
		s/N pages\>/N page/g
		s/\] [^ ]* N/] flags N/
		s/ #\{1,\}$/ bar/
		s/ $//' | uniq | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

plan $(($(commands | wc -l) + 2))
n=0
commands >list
while read -r command <&3; do
	n=$((n + 1))
	eval "$command" >output 2>&1 </dev/null
	echo "# | $prompt$command"
	sed 's/^/# | /' output
	equal "$command" "$(expected $n | shape)" "$(shape <output)"
done 3<list
equal "there are commands" 1 $((n > 10))
check "the kernel did not complain" clean_dmesg
finish
