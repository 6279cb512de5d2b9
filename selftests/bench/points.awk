# SPDX-License-Identifier: GPL-2.0
#
# What charts.gp draws, from the rows of the bench: awk -v out=DIRECTORY -f points.awk LOG

function by()
{
	return n["way"] == "kernel" ? "linux" : n["way"]
}

function bars(    key)
{
	key = n["kernel"] " " n["workload"] " " n["pages"]
	if (!(key in known)) {
		known[key]
		name[++labels] = key
	}
	sum[key, by()] += n["instructions"] / n["pages"]
	times[key, by()]++
}

$1 == "#+" {
	split("", n)
	for (i = 3; i <= NF; i++)
		n[substr($i, 1, index($i, "=") - 1)] = substr($i, index($i, "=") + 1)
	gsub(/"/, "", n["kernel"])
}

$2 == "rows" && n["boot"] == "scale" && n["kernel"] == "6.12" && n["op"] == "shared" {
	file = out "/scale-" n["workload"] "-" by() ".dat"
	print n["pages"], n["vmgexits"], n["instructions"] > file
}

$2 == "rows" && n["boot"] == "exact" && n["rmp"] == "4k" && n["way"] ~ /^(kernel|ghcb253)$/ &&
n["workload"] n["pages"] ~ /^(contiguous253|unaligned4096|scattered4096)$/ {
	bars()
}

$2 == "model" && n["kernel"] == "6.12" && n["pages"] == 65536 && n["op"] == "private" &&
n["rmp"] == "4k" {
	if (!((n["workload"], by()) in modelled))
		print n["workload"], n["typical"], n["low"], n["high"] > (out "/model-" by() ".dat")
	modelled[n["workload"], by()]
}

$2 == "vcpus" && n["op"] == "shared" {
	print n["vcpus"], n["ns"] / 1000 > (out "/vcpus-" n["workload"] "-" by() ".dat")
}

function mean(key)
{
	return times[key] ? sum[key] / times[key] : 0
}

END {
	for (i = 1; i <= labels; i++)
		printf "\"%s\" %.1f %.1f\n", name[i], mean(name[i] SUBSEP "linux"),
			mean(name[i] SUBSEP "ghcb253") > (out "/instructions.dat")
}
