# SPDX-License-Identifier: GPL-2.0
#
# The tables of the bench, for Documentation/performance.rst or, with -v markdown=1, for others:
# awk -f grid.awk -f report.awk LOG

function title(text)
{
	print "\n" (markdown ? "## " text : text "\n" repeat("~", length(text)))
}

function short(number)
{
	number += 0
	return number >= 100 || number == int(number) ? sprintf("%.0f", number) : \
		sprintf(number >= 10 ? "%.1f" : "%.2f", number)
}

# The mean of what a line has for a kernel: of both directions, and of both hosts.
function add(table, line, kernel, number)
{
	if (!((table, line) in known)) {
		known[table, line]
		lines[table, ++count[table]] = line
	}
	sum[table, line, kernel] += number
	times[table, line, kernel]++
}

function mean(table, line, kernel)
{
	if (!((table, line, kernel) in sum))
		return ""
	return sum[table, line, kernel] / times[table, line, kernel]
}

# "case|pages|by": the same by Linux, whose line comes first
function of_linux(line,    part)
{
	split(line, part, "|")
	return part[1] "|" part[2] "|Linux"
}

function compared(ours, theirs, percent)
{
	return percent ? sprintf("%.0f %%", 100 * ours / theirs) : short(theirs / ours) " x"
}

# A column for each kernel, and one with @what: a part of Linux's number, or times as many.
function print_means(table, name, head, percent,    i, j, k, line, text, ours, theirs)
{
	if (!count[table])
		return
	title(name)
	text[k = 1] = head
	for (j = 1; j <= nr_kernels; j++)
		text[1] = text[1] "|" kernels[j] "|" (percent ? "of Linux" : "Linux takes")
	for (i = 1; i <= count[table]; i++) {
		line = lines[table, i]
		text[++k] = line
		for (j = 1; j <= nr_kernels; j++) {
			ours = mean(table, line, kernels[j])
			theirs = mean(table, of_linux(line), kernels[j])
			text[k] = text[k] "|" (ours == "" ? "-" : short(ours)) "|"
			if (ours == "" || theirs == "" || line ~ /Linux$/)
				text[k] = text[k] "-"
			else
				text[k] = text[k] compared(ours, theirs, percent)
		}
	}
	print_grid(text, k)
}

function print_noted(table, name, head, columns,    i, k, text)
{
	if (!count[table])
		return
	title(name)
	text[k = 1] = head
	for (i = 1; i <= count[table]; i++)
		text[++k] = lines[table, i] cells(table SUBSEP lines[table, i] SUBSEP "", columns)
	print_grid(text, k)
}

function note_all(table, line, names,    i, k, name)
{
	k = split(names, name, " ")
	for (i = 1; i <= k; i++)
		if (name[i] in n)
			note(table, line, "", name[i], n[name[i]])
}

function way_name()
{
	if (n["way"] == "kernel")
		return "Linux"
	return n["way"] == "ghcb253" ? "snp_psc" : n["way"] == "msr" ? "by MSR" : \
		sub(/^ghcb/, "batch_max ", n["way"]) ? n["way"] : n["way"]
}

$1 == "#+" {
	split("", n)
	for (i = 3; i <= NF; i++)
		n[substr($i, 1, index($i, "=") - 1)] = substr($i, index($i, "=") + 1)
	gsub(/"/, "", n["kernel"])
	if (!(n["kernel"] in seen)) {
		seen[n["kernel"]]
		kernels[++nr_kernels] = n["kernel"]
	}
	way = way_name()
	line = n["workload"] "|" n["pages"] "|" way
	version = way == "Linux" ? way " " n["kernel"] : way
}

$2 == "rows" && n["boot"] != "scale" {
	if (n["rmp"] == "4k")
		note_all("events", n["workload"] "|" n["pages"] "|" version,
			"vmgexits entries runs pvalidates_4k pvalidates_2m flushes")
	add("insns" n["rmp"], line, n["kernel"], n["instructions"] / n["pages"])
}

$2 == "rows" && n["boot"] == "scale" {
	note_all("scale", n["workload"] "|" n["pages"] "|" version, "vmgexits runs")
	add("scale_insns", line, n["kernel"], n["instructions"] / n["pages"])
}

$2 == "times" && n["apic"] == "pass" && n["boot"] == "times" {
	add("times", line, n["kernel"], n["ns"] / 1000)
}

$2 == "times" && n["boot"] == "wall" {
	add("apic_" n["apic"], line, n["kernel"], n["ns"] / 1000)
}

$2 == "line" {
	note_all("line", n["workload"] "|" n["op"] "|" version, "fixed each at_65536 ms_1048576")
}

$2 == "rest"	{ note_all("rest", n["kernel"], "bytes") }
$2 == "steps"	{ note_all("steps", n["workload"] "|" n["pages"] "|" version, "irqs_off") }
$2 == "flushes"	{ note_all("flushes", n["workload"] "|" n["pages"] "|" version, "broadcasts") }
$2 == "held"	{ note_all("held", n["workload"] "|" n["pages"] "|" version, "bytes") }
$2 == "vcpus" {
	add("vcpus", n["workload"] " " n["pages"] "|" n["vcpus"] "|" way, n["kernel"], n["ns"] / 1000)
}

$2 == "crowd" {
	note_all("crowd", n["kernel"] "|" way "|" n["pages"] "|" n["threads"], "calls fairness longest_us")
}

$2 == "model" && n["pages"] ~ /^(1|4096|131072)$/ && n["workload"] ~ /^(cont|scat|unal)/ &&
n["op"] == "private" && n["way"] ~ /^(kernel|ghcb253)$/ {
	line = n["workload"] "|" n["rmp"] "|" n["pages"] "|" version
	for (i = split("low typical high", at, " "); i; i--) {
		note("model", line, "", at[i], short(n[at[i]]))
		note("model", line, "", at[i] "_ratio", short(n[at[i] "_ratio"]))
	}
}

END {
	print_noted("events", "Events, rmp=4k",
		"case|pages|by|VMGEXITs|entries|runs|PVALIDATEs|flushes",
		"vmgexits entries runs pvalidates_4k,pvalidates_2m flushes")
	print_means("insns4k", "Instructions a page, rmp=4k", "case|pages|by", 1)
	print_means("insns2m", "Instructions a page, rmp=2m", "case|pages|by", 1)
	print_noted("flushes", "TLB broadcasts", "case|pages|by|broadcasts", "broadcasts")
	print_noted("steps", "Instructions in a row with interrupts off, at most",
		"case|pages|by|instructions", "irqs_off")
	print_means("times", "Microseconds, 2 ns an instruction, the machine's included", "case|pages|by", 0)
	print_means("apic_pass", "Microseconds by the clock on the wall, the local APIC being the guest's own",
		"case|pages|by", 0)
	print_means("apic_vc", "Microseconds by the clock on the wall, each access to the local APIC being a #VC",
		"case|pages|by", 0)
	print_noted("scale", "Events against pages", "case|pages|by|VMGEXITs|runs", "vmgexits runs")
	print_means("scale_insns", "Instructions a page against pages", "case|pages|by", 1)
	print_noted("line", "A request is a line",
		"case|to|by|fixed instructions|each page|measured at 65536, %|1048576 pages, ms",
		"fixed each at_65536 ms_1048576")
	print_means("vcpus", "Microseconds against vCPUs", "case|vCPUs|by", 0)
	print_noted("crowd", "Many CPUs at once, for 300 ms",
		"kernel|by|pages|CPUs|calls|fairness|longest us", "calls fairness longest_us")
	print_noted("rest", "Bytes of the module, code and data", "kernel|bytes", "bytes")
	print_noted("held", "Bytes held meanwhile", "case|pages|by|bytes", "bytes")
	print_noted("model", "Milliseconds a GiB to private, by the cost model",
		"case|rmp|of|by|lowest|typical|highest|Linux takes, at these",
		"low typical high low_ratio,typical_ratio,high_ratio")
}
