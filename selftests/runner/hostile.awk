# SPDX-License-Identifier: GPL-2.0
#
# hostile.awk LOG EXPECTED: what came of each run of one boot, a line of hostile.csv each
#
# LOG is all that guest and machine have said, EXPECTED the lines of selftests/host/hostile.awk
# for that boot, and status that of the run. The last column is what is wrong: nothing.
function found_of(words,	n, i, field)
{
	n = split(words, field, " ")
	result = field[1]
	struck = field[3]
	exits = field[5]
	ms = field[7]
	wrong = ""
	for (i = 8; i <= n; i++)
		wrong = wrong field[i] " "
}

function note(what)
{
	wrong = wrong what " "
}

# As expected, and by the plan's doing?
function judge(expected, strikes)
{
	if (!index("/" expected "/", "/" result "/"))
		note("outcome")
	if (strikes == "yes" && !struck)
		note("struck")
}

# How the boot as a whole has to end.
function judge_boot(ending)
{
	if (status != (ending == "stopped" ? 5 : 0))
		note("status" status)
	if (balloon !~ /^pages [0-9]+$/ || substr(balloon, 7) < 10000)
		note("balloon:" balloon)
	if (complaint)
		note(complaint)
	if (loaded ~ / struck 0$/)
		note("loaded")
}

FNR == 1 { file++ }

file == 1 {
	if (sub(/^outcome /, "")) {
		i = index($0, ": ")
		outcome[substr($0, 1, i - 1)] = substr($0, i + 2)
	} else if (sub(/^balloon /, "")) {
		balloon = $0
	} else if (sub(/^not ok [0-9]+ /, "")) {
		complaint = $0
	} else if (/^loaded /) {
		loaded = $0
	} else if (/^last /) {
		began = 1
	} else if (/^struck /) {
		struck_at_end = $2
	}
	next
}

is_over { next }

{
	last = sub(/last:/, "")
	line = $7
	for (i = 8; i <= 15; i++)
		line = line " " $i
	found_of(line in outcome ? outcome[line] : "")
	if (!(line in outcome)) {
		result = status == 5 && last && began ? "stopped" : "ended"
		struck = struck_at_end
		is_over = 1
	}
	judge($16, $17)
	verdict[++n] = $0
	gsub(/ /, ",", verdict[n])
	sub(/,[^,]*$/, "", verdict[n])
	verdict[n] = verdict[n] "," result "," struck "," exits "," ms ","
	wrongs[n] = wrong
}

# What is wrong with the boot stands with its last run.
END {
	wrong = wrongs[n]
	judge_boot(result)
	wrongs[n] = wrong
	for (i = 1; i <= n; i++) {
		sub(/ $/, "", wrongs[i])
		print verdict[i] wrongs[i]
	}
}
