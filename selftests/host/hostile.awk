# SPDX-License-Identifier: GPL-2.0
#
# hostile.awk outcomes.csv undo.csv: random fault plans for random conversions
#
# Variables: seed, runs, and what to choose from for each boot: kernels, ways (transports, or
# plans that strike while the module is loaded), each a list of words; together: runs
# that share a boot. Lines:
#
#	boot kernel way rmp host vcpus  entries kind op first count stride seed careless plan
#	expected strikes
#
# The third to the last but two are a run, for selftests/guest/hostile.sh. Expected are one or
# more outcomes, as the tables have them: where a plan strikes as often as they say, one;
# where it strikes more often, or another plan after it, those between the best and the worst
# that can come of it. Strikes: yes, or "-" if that depends.
BEGIN {
	FS = ","
	words("done undone poisoned", outcome)
	words("once twice always", when)
	for (i = 0; i < 3; i++) {
		rank[outcome[i]] = i
		suffix[when[i]] = i ? " " when[i] : ""
	}
	words(kernels, kernel)
	words(ways, way)
}

function words(text, list,	n, i, tmp)
{
	n = split(text, tmp, " ")
	for (i = 1; i <= n; i++)
		list[i - 1] = tmp[i]
	list["n"] = n
}

# Lehmer's generator: the same numbers in every awk, for all of them fit into a double.
function below(n)
{
	state = state * 16807 % 2147483647
	return int(state / 2147483647 * n)
}

function pick(text,	list)
{
	words(text, list)
	return list[below(list["n"])]
}

# ---- the tables ----

/^#/ { next }

$1 == "plan" {
	table = $3 == "served" ? "once" : "undo"
	for (i = 1; i <= NF; i++)
		title[i] = $i
	next
}

{
	n = rows[table]++
	for (i = 1; i <= NF; i++)
		cell[table, n, title[i]] = $i
	for (i = 6; i <= NF && table == "once"; i++)
		if ($i == "stopped" || $1 == "psc-unregister")
			stopper[$1] = 1
}

# ---- what is converted: descriptors 0 to nr - 1 have so many entries, in so many runs ----

function add_unit(large)
{
	if (!entries[nr - 1] || entries[nr - 1] == batch) {
		entries[nr] = runs_of[nr] = 0
		nr++
	}
	entries[nr - 1]++
	if (entries[nr - 1] == 1 || stride > 1 || large != was_large)
		runs_of[nr - 1]++
	was_large = large
}

function begin_units()
{
	for (i in entries)
		delete entries[i]
	nr = 0
}

# A block or two, and a few pages before or behind.
function draw_blocks(	extra, i, blocks)
{
	batch = 2 + below(3)
	extra = below(6)
	blocks = extra ? 1 : 2
	first = below(2) ? 512 - extra : 0
	count = blocks * 512 + extra
	if (blocks == 2)
		first = 0
	for (i = 0; i < extra && first; i++)
		add_unit(0)
	for (i = 0; i < blocks; i++)
		add_unit(1)
	for (i = 0; i < extra && !first; i++)
		add_unit(0)
}

function draw_pages(	i, most)
{
	batch = pick("3 4 5 7 16 253") + 0
	most = batch < 16 ? 4 * batch : below(4) ? 40 : 300
	stride = kind == "gaps" ? 2 : kind == "scattered" ? 1 + below(4) : 1
	first = kind == "single" ? 0 : kind == "vmalloc" ? below(8) : 8 + below(40)
	count = 1 + below(most)
	if (first + count * stride > 1000)
		count = int((1000 - first) / stride)
	for (i = 0; i < count; i++)
		add_unit(0)
}

function draw_conversion()
{
	begin_units()
	stride = 1
	op = pick("shared private")
	kind = pick("single single single range range scattered scattered scattered gaps gaps vmalloc")
	large = !below(40)	# as many pages as all the others together
	if (large) {
		kind = "range"
		draw_blocks()
	} else {
		draw_pages()
	}
	known = kind != "single" && kind != "vmalloc"	# which pages are neighbours
	careless = kind != "vmalloc" ? below(2) : 0
}

# ---- which plan ----

# Is there anything to strike in this direction?
function has_occasion(plan)
{
	if (plan == "remap")
		return op == "shared"
	if (plan == "replay" || plan == "take-back")
		return op == "private"
	return 1
}

# What this row calls served, of descriptor @d; "" if there is no such number.
function argument(n, time, d,	plan, served, units)
{
	plan = cell["once", n, "plan"]
	served = cell["once", n, "served"]
	units = plan != "psc-generic" ? entries[d] : known ? runs_of[d] : 1
	if (served == "none")
		return ":0"
	if (served == "all")
		return ":1000"
	if (served == "any")
		return pick("- :0 :1 :1000")
	if (served == "-")
		return "-"
	if (time == "twice")
		units = int((units + 1) / 2)	# else it would have served all the second time
	return units < 2 ? "" : ":" 1 + below(units - 1)
}

# A header of one entry can't be lowered.
function too_short(plan,	d)
{
	for (d = 0; d < nr; d++)
		if (plan == "psc-end-lowered" && entries[d] < 2)
			return 1
	return 0
}

function nr_pages()
{
	return large ? nr : count	# at least so many PVALIDATEs and requests
}

# The plan of row @n as it is armed, or "".
function armed(n, time,	plan, d, arg)
{
	plan = cell["once", n, "plan"]
	if (plan !~ /^psc-/)
		return plan "@" below(nr_pages())
	d = below(nr)
	arg = argument(n, time, d)
	if (arg == "" || too_short(plan))
		return ""
	return plan (arg == "-" ? "" : arg) "@" d
}

function between(low, high,	i, text)
{
	for (i = low; i <= high; i++)
		text = text (i > low ? "/" : "") outcome[i]
	return text
}

# Row @n, whenever it strikes, and if it serves some the row in which that was all.
function best_and_worst(n, ends,	i, plan, value)
{
	plan = cell["once", n, "plan"]
	ends["low"] = 2
	ends["high"] = 0
	for (i = n; i < rows["once"] && cell["once", i, "plan"] == plan; i++) {
		if (i > n && cell["once", n, "served"] != "some")
			break
		for (j = 0; j < 3; j++) {
			value = rank[cell["once", i, "to " op suffix[when[j]]]]
			ends["low"] = value < ends["low"] ? value : ends["low"]
			ends["high"] = value > ends["high"] ? value : ends["high"]
		}
	}
}

# Those that the transport notices.
function usable(plan)
{
	return !(plan in stopper) && plan !~ /^register-|^preferred-/ &&
	       plan !~ (by == "msr" ? "^psc-" : "^msr-")
}

function draw_row(	n)
{
	do
		n = below(rows["once"])
	while (!usable(cell["once", n, "plan"]) || !has_occasion(cell["once", n, "plan"]))
	return n
}

# One plan.
function draw_one(	n, time, times, ends)
{
	n = draw_row()
	time = pick("once once once once twice twice always always many many")
	plan = armed(n, time)
	if (plan == "")
		return 0
	strikes = "yes"
	if (time == "many") {
		times = 3 + below(10)
		plan = plan "x" times
		best_and_worst(n, ends)
		expected = between(ends["low"], ends["high"])
	} else {
		plan = plan (time == "once" ? "" : time == "twice" ? "x2" : "x0")
		expected = cell["once", n, "to " op suffix[time]]
	}
	return 1
}

# One after another: it gets no better than what the first one leaves.
function draw_two(	n, m, second)
{
	n = draw_row()
	m = draw_row()
	plan = armed(n, "once")
	second = armed(m, "once")
	if (plan == "" || second == "")
		return 0
	sub(/@.*/, "@" below(4), second)
	plan = plan "+" second "x" 1 + below(3)
	expected = between(rank[cell["once", n, "to " op]], 2)
	strikes = "-"
	return 1
}

# Which occasion of the undo is in that descriptor, of @size entries, or before it?
function undo_occasion(plan, column, d, size)
{
	if (plan ~ /^psc-/)
		return column == "refused" ? 0 : 1 + below(d)
	if (column == "refused")
		return below(size)
	if (by == "ghcb" && op == "private")
		size = 0	# its pages had not been validated
	return size + below(d * batch)
}

# A descriptor is refused, and something else strikes while that is undone.
function draw_undo(	n, d, at, column, second)
{
	n = below(rows["undo"])
	second = cell["undo", n, "plan"]
	column = pick("refused before")
	expected = cell["undo", n, "to " op ": " column]
	if (!usable(second) || expected == "-" || large || (by == "msr" && second !~ /^msr-/))
		return 0
	at = below(count)
	d = int(at / batch)
	if ((column == "before" && !d) || entries[d] < 3)
		return 0
	plan = by == "msr" ? "msr-psc-error@" at : "psc-bad-entry:1@" d
	plan = plan "+" second "@" undo_occasion(second, column, d, entries[d])
	strikes = "yes"
	return 1
}

# What a guest does not survive.
function draw_last(	n, name)
{
	n = below(rows["once"])
	name = cell["once", n, "plan"]
	expected = cell["once", n, "to " op]
	if (!(name in stopper) || !has_occasion(name) || name ~ (by == "msr" ? "^psc-" : "^msr-"))
		return 0
	if (name != "psc-unregister" && expected != "stopped")
		return 0
	if (name == "psc-unregister" && (cell["once", n, "host"] != host || op != "shared"))
		return 0
	plan = armed(n, "once")
	if (plan == "")
		return 0
	plan = "last:" plan
	strikes = "yes"
	return 1
}

function draw_plan(last,	how)
{
	if (last)
		return draw_last()
	how = below(10)
	return how < 7 ? draw_one() : how < 9 ? draw_undo() : draw_two()
}

# ---- all of it ----

function draw_boot()
{
	boot = boot == "" ? 1 : boot + 1
	left = together
	at_load = way[int((boot - 1) / kernel["n"]) % way["n"]]
	by = at_load == "ghcb" ? "ghcb" : "msr"
	rmp = pick("4k 2m")
	host = pick("kvm-6.12 kvm-7.2")
	where = boot " " kernel[(boot - 1) % kernel["n"]] " " at_load " " rmp " " host " " 1 + !below(8)
}

END {
	state = (seed * 2654435 + 1) % 2147483646 + 1
	for (i = 0; i < 8; i++)
		below(2)
	for (run = 0; run < runs; run++) {
		if (!left)
			draw_boot()
		left--
		do
			draw_conversion()
		while (!draw_plan(!left))
		print where, batch, kind, op, first, count, stride, 1 + below(1000000), careless, plan, \
		      expected, strikes
	}
}
