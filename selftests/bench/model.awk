# SPDX-License-Identifier: GPL-2.0
#
# The cost model: events, as counted, times what they cost: awk -f model.awk COSTS ROWS
#
# Prints "#+ model ..." for each row: milliseconds a GiB, at the lowest, typical and highest
# costs, and how many times the kernel's way takes that long at the same costs. And
# "#+ line ...": what a request costs is a line, so that 4 GiB need not be measured.

function cost(name, at) {
	return costs[name, at]
}

# Nanoseconds of a row at the costs of a column.
function total(at,    ns) {
	ns = n["instructions"] * cost("instruction", at) + n["vmgexits"] * cost("vmgexit", at)
	ns += (n["way"] == "msr" ? n["vmgexits"] : n["runs"]) * cost("user_exit", at)
	ns += n["pages"] * cost("attribute", at)
	ns += n["rmpupdates"] * (cost("npf", at) + cost("rmpupdate", at))
	ns += n["pvalidates_4k"] * cost("pvalidate_4k", at)
	ns += n["pvalidates_2m"] * cost("pvalidate_2m", at)
	ns += broadcasts() * cost("broadcast", at)
	ns += broadcasts() * cost("broadcast_vcpu", at) * (cost("vcpus", at) - 2)
	return ns + n["pages"] * cost("clflush", at)
}

# The kernel's calls have two each, and there is one call for each page that has no neighbours.
function broadcasts() {
	if (n["way"] != "kernel")
		return n["flushes"]
	return n["workload"] ~ /^(scattered|shuffled)$/ ? 2 * n["pages"] : 2
}

BEGIN {
	split("low typical high", label, " ")
}

function remember(	line) {
	line = "kernel=" n["kernel"] " workload=" n["workload"] " op=" n["op"] " way=" n["way"]
	if (!(line in known)) {
		known[line]
		lines[++count] = line
	}
	instructions[line, n["pages"]] = n["instructions"]
	ns[line, n["pages"]] = total(2)
}

FNR == NR {
	if (!/^#/ && NF)
		for (i = 1; i <= 3; i++)
			costs[$1, i] = $(i + 1)
	next
}

$2 == "rows" && /instructions=/ && !/workload=buffers/ {
	split("", n)
	for (i = 3; i <= NF; i++)
		n[substr($i, 1, index($i, "=") - 1)] = substr($i, index($i, "=") + 1)
	if (n["boot"] == "scale")
		remember()
	key = n["kernel"] FS n["host"] FS n["rmp"] FS n["workload"] FS n["pages"] FS n["op"]
	text = ""
	for (i = 1; i <= 3; i++) {
		ms = total(i) * 262144 / n["pages"] / 1e6
		if (n["way"] == "kernel")
			theirs[key, i] = ms
		text = text sprintf(" %s=%.1f %s_ratio=%.2f", label[i], ms, label[i],
				    ms ? theirs[key, i] / ms : 0)
	}
	print "#+ model kernel=" n["kernel"], "host=" n["host"], "rmp=" n["rmp"],
		"workload=" n["workload"], "pages=" n["pages"], "op=" n["op"], "way=" n["way"] text
}

END {
	for (i = 1; i <= count; i++) {
		line = lines[i]
		if (!((line, 131072) in ns))
			continue
		slope = (instructions[line, 131072] - instructions[line, 4096]) / (131072 - 4096)
		at_4g = ns[line, 131072] + 7 * 2 * (ns[line, 131072] - ns[line, 65536])
		printf "#+ line %s fixed=%.0f each=%.1f at_65536=%.1f ms_1048576=%.0f\n", line,
			instructions[line, 1] - slope, slope,
			100 * instructions[line, 65536] / (instructions[line, 4096] + 61440 * slope),
			at_4g / 1e6
	}
}
