# SPDX-License-Identifier: GPL-2.0
#
# points.awk outcomes.csv undo.csv: where fault plans are to strike a conversion by the module
#
# Variables: transport (ghcb or msr), layout (pages or blocks, see sweep.sh), rmp, and
# quick, which leaves out all but the middle of each. Lines: host, layout, direction,
# plan as it is armed, outcome to expect. A conversion has three descriptors: of 4, 4 and
# 3 entries if they are pages, else of 2 each.
BEGIN {
	FS = ","
	entries = layout == "blocks" ? 2 : 4
	split("shared private", directions, " ")
	split("once twice always", times, " ")
	split(",x2,x0", suffix, ",")
	refusal["ghcb"] = "psc-bad-entry:1@2"
	refusal["msr"] = "msr-psc-error@9"
}

# Before the first entry of the descriptor, before another, before the last, behind it.
function serve(served, descriptor,	last)
{
	last = entries - 1 - (layout == "pages" && descriptor == 2)
	if (served == "none")
		return ":0"
	if (served == "some")
		return last > 1 ? ":1 :" last : ":1"
	if (served == "all")
		return ":" entries
	if (served == "any")
		return ":0 " serve("some", descriptor) " :" entries
	return "-"
}

# PVALIDATEs: a block that is not backed by one takes 1 + 512.
function occasions()
{
	if (layout == "pages")
		return "0 1 3 4 5 7 8 9 10"
	if (rmp == "2m")
		return "0 1 2 3 4 5"
	return "0 1 2 257 513 514 770 1027 1539 1540 1541"
}

# What stops the guest does so the first time.
function emit(direction, plan, time, shape,	column)
{
	if (time > 1 && $title["to " directions[direction]] == "stopped")
		return
	column = "to " directions[direction] (time == 1 ? "" : " " times[time])
	print host, shape, directions[direction], plan suffix[time], $title[column]
}

# With quick all but the middle of the middle, once and always. And what pages have shown
# already: that the host forgets the GHCB, each time a boot; and of two ways to back
# memory, that descriptors are the same.
function left_out(argument, descriptor, time)
{
	if (quick && (time == 2 || descriptor != 1))
		return 1
	if (layout == "blocks" && ($1 == "psc-unregister" || time == 2 && descriptor != 1))
		return 1
	return (quick || $1 == "psc-unregister" || rmp != (layout == "blocks" ? "2m" : "4k")) && argument !~ /^:1$|^-$/
}

function at_descriptors(	descriptor, direction, time, n, i, arguments, a, shape)
{
	# A run is a page only where there are gaps between them.
	shape = $1 == "psc-generic" && $3 != "none" ? "gaps" : layout
	if (shape == "gaps" && layout == "blocks")
		return
	for (descriptor = 0; descriptor < 3; descriptor++) {
		n = split(serve($3, descriptor), arguments, " ")
		for (i = 1; i <= n; i++) {
			a = arguments[i]
			for (direction = 1; direction <= 2; direction++)
				for (time = 1; time <= 3; time++) {
					# Striking again, it would have served all.
					if (time == 2 && $3 == "some" && i > 1)
						continue
					if (!left_out(a, descriptor, time))
						emit(direction, $1 (a == "-" ? "" : a) \
						     "@" descriptor, time, shape)
				}
		}
	}
}

# Only a PVALIDATE in the right direction is an occasion.
function strikes(plan, direction)
{
	return plan == "pvalidate-size" || (plan == "remap") == (direction == 1)
}

function at_pages(	n, i, skips, direction, time)
{
	n = split($1 ~ /^msr-/ ? "0 5 10" : occasions(), skips, " ")
	for (i = 1; i <= n; i++)
		for (direction = 1; direction <= 2; direction++)
			for (time = 1; time <= 3; time++)
				if (($1 ~ /^msr-/ || strikes($1, direction)) &&
				    !(quick && (i != int((n + 1) / 2) || time == 2)))
					emit(direction, $1 "@" skips[i], time, layout)
}

# While the descriptor that was refused is undone, and those before: the last is the first.
function in_undo(	n, i, at, direction, column)
{
	for (direction = 1; direction <= 2; direction++)
		for (column = 1; column <= 2; column++) {
			n = split(undo_occasions(direction, column), at, " ")
			for (i = 1; i <= n; i++)
				if ($(2 * direction + column) != "-" &&
				    !(quick && (i > 1 || $1 ~ /^psc-/ && column == 1)))
					print host, layout, directions[direction],
					      refusal[transport] "+" $1 "@" at[i],
					      $(2 * direction + column)
		}
}

function undo_occasions(direction, column)
{
	if ($1 ~ /^psc-/)
		return column == 1 ? "0" : "1 2"
	if ($1 ~ /^msr-/)
		return column == 1 ? "0" : "3 10"
	if (direction == 1)
		return column == 1 ? "1 0 2" : "5 3 6 7 10"
	return "1 0 3 4 7"
}

/^#/ { next }
$1 == "plan" {
	is_undo = $3 != "served"
	for (i = 1; i <= NF; i++)
		title[$i] = i
	next
}
{ host = $2 == "any" ? "kvm-6.12" : $2 }
is_undo {
	if (!($1 ~ (transport == "ghcb" ? "^msr-" : "^psc-")) && layout == "pages" && rmp == "4k")
		in_undo()
	next
}
/^psc-/ {
	if (transport == "ghcb" && (layout == "blocks" || rmp == "4k"))
		at_descriptors()
	next
}
/^msr-/ {
	if (transport == "msr" && layout == "pages")
		at_pages()
	next
}
# When the module is loaded.
/^register-|^preferred-gpa/ {
	for (direction = 1; direction <= 2 && layout == "pages"; direction++)
		emit(direction, $1, 3, layout)
	next
}
{ at_pages() }
