# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# KTAP for shell tests: one line for one claim
#
#	. ./ktap.sh
#	plan 4
#	check "the pool is empty" test -z "$(grep -v '^#' pool)"
#	expect_errno EINVAL "a region needs a size" write "alloc" pool
#	skip "needs 4 vCPUs" "conversions on all CPUs at once"
#	check "the kernel did not complain" clean_dmesg
#	finish

ktap_planned=0 ktap_count=0 ktap_failed=0

# plan N: so many claims will follow
plan()
{
	ktap_planned=$1
	echo "KTAP version 1"
	echo "1..$1"
}

ok()
{
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count $*"
}

# not_ok CLAIM [LINE]...: lines say what was there instead
not_ok()
{
	ktap_count=$((ktap_count + 1))
	ktap_failed=$((ktap_failed + 1))
	echo "not ok $ktap_count $1"
	shift
	for line; do
		echo "# $line"
	done
}

# skip REASON CLAIM
skip()
{
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count $2 # SKIP $1"
}

# check CLAIM COMMAND...: the command succeeds
check()
{
	claim=$1
	shift
	if output=$("$@" 2>&1); then
		ok "$claim"
	else
		not_ok "$claim" "$*: status $?" "$output"
	fi
}

# not COMMAND...: for check, the command fails
not()
{
	! "$@"
}

# equal CLAIM EXPECTED FOUND
equal()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "expected $2, found $3"
	fi
}

# write WORDS FILE: in one write(), and with the errno in words: not every shell's echo has it
write()
{
	printf '%s\n' "$1" | dd of="$2" bs=4096 conv=notrunc status=none
}

# expect_errno ERRNO CLAIM COMMAND...: the command fails and says so
expect_errno()
{
	case $1 in
	EPERM)		message='Operation not permitted' ;;
	ENOENT)		message='No such file or directory' ;;
	EIO)		message='Input/output error' ;;
	ENOMEM)		message='Out of memory|Cannot allocate memory' ;;
	EACCES)		message='Permission denied' ;;
	EAGAIN)		message='Resource temporarily unavailable|Try again' ;;
	EBUSY)		message='Device or resource busy|Resource busy' ;;
	EEXIST)		message='File exists' ;;
	ENODEV)		message='No such device' ;;
	EINVAL)		message='Invalid argument' ;;
	ENOSPC)		message='No space left on device' ;;
	ERANGE)		message='out of range|Result not representable' ;;
	E2BIG)		message='Argument list too long' ;;
	EPROTO)		message='Protocol error' ;;
	EOPNOTSUPP)	message='Operation not supported|Not supported' ;;
	ENOTRECOVERABLE) message='State not recoverable' ;;
	*)		not_ok "$2" "ktap.sh does not know $1"; return ;;
	esac
	errno=$1 claim=$2
	shift 2
	if output=$("$@" 2>&1); then
		not_ok "$claim" "$*: succeeded, expected $errno"
	elif echo "$output" | grep -Eq "$message"; then
		ok "$claim"
	else
		not_ok "$claim" "$*: expected $errno" "$output"
	fi
}

# clean_dmesg: for check, the kernel had no reason to complain; it prints what it said
clean_dmesg()
{
	! dmesg | grep -E 'cut here|BUG:|Oops|Call Trace|lockup|detected stall|unchecked MSR'
}

# finish: the exit status of the whole test
finish()
{
	if [ $ktap_count -ne "$ktap_planned" ]; then
		echo "# planned $ktap_planned claims, made $ktap_count"
		exit 1
	fi
	echo "# $((ktap_count - ktap_failed)) passed, $ktap_failed failed"
	[ $ktap_count -gt 0 ] && [ $ktap_failed -eq 0 ]
	exit
}
