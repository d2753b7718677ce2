# peerutils.fish - completion in fish for every tool: it knows no option, verb or field, and asks `TOOL --list`
#
# Installed as TOOL.fish, which is how fish finds it, and how it learns whom it serves.

# Candidates for the word at the cursor, one for each line: `name TAB help`.
function __peerutils_complete
	set -l words (commandline --tokenize --current-process --cut-at-cursor)
	set -l typed (commandline --current-token --cut-at-cursor)
	set -l tool $words[1]
	set -l options ($tool --list options 2>/dev/null </dev/null)
	set -l verbs ($tool --list verbs 2>/dev/null </dev/null)
	set -l takes (string match --regex '^[^\t]+(?=\t[^\t])' -- $options)

	# The verb is the first word that is neither an option nor the argument of one.
	set -l verb
	set -l skip no
	for word in $words[2..]
		if test $skip = yes
			set skip no
		else if contains -- $word $takes
			set skip yes
		else if not string match --quiet -- '-*' $word
			contains -- $word (string split --fields 1 \t -- $verbs); and set verb $word
			break
		end
	end

	# `--option value` is two words, `--option=value` one.
	set -l option $words[-1]
	set -l before ''
	set -l value $typed
	if string match --quiet --regex '^--[^=]+=' -- $typed
		set option (string replace --regex '=.*' '' -- $typed)
		set before $option=
		set value (string replace --regex '^[^=]*=' '' -- $typed)
	end

	if contains -- $option $takes
		if string match --quiet -- $option\t'*FIELD*' $options
			# Fields may stand in a list: what is before the last one stays.
			set before $before(string match --regex '^.*[,+]' -- $value; or echo)
			for row in ($tool --list fields $verb 2>/dev/null </dev/null)
				set -l cells (string split \t -- $row)
				printf '%s%s\t%s\n' $before $cells[1] $cells[-1]
			end
			return
		end
		set -l values ($tool --list values (string replace --regex '^-+' '' -- $option) 2>/dev/null </dev/null)
		if test -n "$values"
			printf "$before%s\n" $values
		else
			for candidate in (__fish_complete_path $value)
				printf '%s%s\n' $before $candidate
			end
		end
	else if string match --quiet -- '-*' $typed
		for row in ($tool --list options $verb 2>/dev/null </dev/null)
			set -l cells (string split \t -- $row)
			printf '%s\t%s\n' $cells[1] $cells[-1]
		end
	else
		# The first verb may be left out, so a file may stand here too.
		test -n "$verb"; or printf '%s\n' $verbs
		set -l operands
		test -n "$verb"; and set operands ($tool --list operands $verb 2>/dev/null </dev/null)
		if test -n "$operands"
			printf '%s\n' $operands
		else
			__fish_complete_path $typed
		end
	end
end

complete --command (basename (status filename) .fish) --no-files --arguments '(__peerutils_complete)'
