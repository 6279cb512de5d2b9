# SPDX-License-Identifier: GPL-2.0
#
# Tables, for Sphinx or with @markdown for others. A cell has a number, "least..most" of
# several, or "-".

# Table @table, line @line, direction @op, column @column
function note(table, line, op, column, number)
{
	if (!((table, line) in known)) {
		known[table, line]
		lines[table, ++count[table]] = line
	}
	if (!((table, line, op, column) in least) || number + 0 < least[table, line, op, column] + 0)
		least[table, line, op, column] = number
	if (!((table, line, op, column) in most) || number + 0 > most[table, line, op, column] + 0)
		most[table, line, op, column] = number
}

function cell(key)
{
	if (!(key in least))
		return "-"
	return least[key] == most[key] ? least[key] : least[key] ".." most[key]
}

# @columns: separated by blanks, those that share a cell by a comma
function cells(key, columns,    i, j, k, name, part, parts, text)
{
	k = split(columns, name, " ")
	for (i = 1; i <= k; i++) {
		parts = split(name[i], part, ",")
		for (j = 1; j <= parts; j++)
			text = text (j == 1 ? "|" : part[1] ~ /ratio/ ? ", " : "+") \
				cell(key SUBSEP part[j])
	}
	return text
}

function repeat(c, n,    text)
{
	while (n-- > 0)
		text = text c
	return text
}

# One line of @columns cells, which are in @text[1...], @width[1...] wide.
function print_line(text, width, columns,    j, line)
{
	for (j = 1; j < columns; j++)
		line = line sprintf("%-" width[j] "s", text[j]) (markdown ? " | " : " ")
	print markdown ? "| " line sprintf("%-" width[j] "s", text[j]) " |" : line text[columns]
}

# @text[1..k] have "|" between their columns; the first is the head.
function print_grid(text, k,    i, j, columns, part, width, rule)
{
	for (i = 1; i <= k; i++) {
		columns = split(text[i], part, "|")
		for (j = 1; j <= columns; j++)
			if (length(part[j]) > width[j])
				width[j] = length(part[j])
	}
	for (j = 1; j <= columns; j++)
		rule[j] = repeat(markdown ? "-" : "=", width[j])
	print ""
	if (!markdown)
		print_line(rule, width, columns)
	for (i = 1; i <= k; i++) {
		split(text[i], part, "|")
		print_line(part, width, columns)
		if (i == 1 || (i == k && !markdown))
			print_line(rule, width, columns)
	}
}
