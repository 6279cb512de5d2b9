# SPDX-License-Identifier: GPL-2.0
#
# The tables of Documentation/performance.rst, from the rows of the engine bench
#
# A line holds for all boots; where they differ it has "least..most". The directions
# are lines of their own where they differ, but for splits: those come on the way to
# shared, and not again.

function print_table(table, head, columns,    i, k, key, shared, private, text)
{
	text[k = 1] = head
	for (i = 1; i <= count[table]; i++) {
		key = table SUBSEP lines[table, i] SUBSEP
		shared = cells(key "shared", columns)
		private = cells(key "private", columns)
		if (shared == private) {
			text[++k] = lines[table, i] "|both" shared
		} else {
			text[++k] = lines[table, i] "|shared" shared
			text[++k] = lines[table, i] "|private" private
		}
	}
	if (k > 1)
		print_grid(text, k)
}

# Lines of one case and size beside each other, the module's first.
function regroup(table,    i, j, k, ours, sorted, part, same)
{
	for (i = 1; i <= count[table]; i++) {
		split(lines[table, i], part, "|")
		same = part[1] "|" part[2] "|"
		for (ours = 1; ours >= 0 && !(same in sorted); ours--)
			for (j = i; j <= count[table]; j++)
				if (index(lines[table, j], same) == 1 &&
				    ours == (lines[table, j] ~ /snp_psc$/))
					sorted[++k] = lines[table, j]
		sorted[same]
	}
	for (i = 1; i <= k; i++)
		lines[table, i] = sorted[i]
}

function note_all(table, line, names, suffix,    i, k, name)
{
	k = split(names, name, " ")
	for (i = 1; i <= k; i++)
		note(table, line, n["op"], name[i] suffix, n[name[i]] + 0)
}

$1 == "#+" {
	split("", n)
	for (i = 3; i <= NF; i++)
		n[substr($i, 1, index($i, "=") - 1)] = substr($i, index($i, "=") + 1)
	gsub(/"/, "", n["kernel"])
	line = n["case"] "|" n["pages"]
}

$1 == "#+" && "limit_vmgexits" in n {
	note_all("events", line, "vmgexits limit_vmgexits entries limit_entries runs limit_runs " \
		"flushes limit_flushes")
	splits = "splits limit_splits splits_1g limit_splits_1g"
	if (n["op"] == "shared") {
		note_all("events", line, splits)
		n["op"] = "private"
		note_all("events", line, splits)
		n["op"] = "shared"
	}
	note_all("pvalidates", line, "pvalidates_4k pvalidates_2m limit_pvalidates_4k " \
		"limit_pvalidates_2m", n["rmp"])
}

$1 == "#+" && "broadcasts" in n {
	way = n["way"] == "kernel" ? "Linux " n["kernel"] : "snp_psc"
	note_all("ways", line "|" way,
		"vmgexits entries runs pvalidates_4k pvalidates_2m broadcasts")
}

$1 == "#+" && "notified" in n {
	note_all("notified", line "|" n["way"], "notified hypercalls")
}

END {
	print_table("events",
		"case|pages|to|VMGEXITs|limit|entries|limit|runs|limit|flushes|limit|splits|limit|of 1G|limit",
		"vmgexits limit_vmgexits entries limit_entries runs limit_runs " \
		"flushes limit_flushes splits limit_splits splits_1g limit_splits_1g")
	print_table("pvalidates", "case|pages|to|rmp=4k|limit|rmp=2m|limit",
		"pvalidates_4k4k,pvalidates_2m4k limit_pvalidates_4k4k,limit_pvalidates_2m4k " \
		"pvalidates_4k2m,pvalidates_2m2m limit_pvalidates_4k2m,limit_pvalidates_2m2m")
	regroup("ways")
	print_table("ways", "case|pages|by|to|VMGEXITs|entries|runs|PVALIDATEs|broadcasts",
		"vmgexits entries runs pvalidates_4k,pvalidates_2m broadcasts")
	regroup("notified")
	print_table("notified", "case|pages|by|to|pages reported|hypercalls", "notified hypercalls")
}
