# peerutils.bash - completion in bash for every tool: it knows no option, verb or field, and asks `TOOL --list`
# shellcheck shell=bash
#
# Installed under the name of each tool, which is how bash finds it, and how it learns whom it serves.

# _peerutils_line WORD - the row of an option, `argument TAB help`, from $options; fails when it takes no argument
_peerutils_line() {
	[[ $'\n'$options == *$'\n'"$1"$'\t'[!$'\t']* ]] || return
	line=$'\n'$options
	line=${line#*$'\n'"$1"$'\t'}
	line=${line%%$'\n'*}
}

_peerutils() {
	local tool=$1 cur=$2 prev=$3 verb='' before='' options verbs line word names i
	COMPREPLY=()
	options=$("$tool" --list options 2>/dev/null </dev/null) || return
	verbs=$("$tool" --list verbs 2>/dev/null </dev/null)

	# `--option=value` comes as three words; with nothing after the "=", as two.
	if [[ $cur == '=' ]]; then
		cur='' prev=${COMP_WORDS[COMP_CWORD - 1]}
	elif [[ $prev == '=' ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	# The verb is the first word that is neither an option nor the argument of one.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == '=' ]] || _peerutils_line "$word"; then
			i=$((i + 1))
		elif [[ $word != -* ]]; then
			[[ $'\n'$verbs == *$'\n'"$word"$'\t'* ]] && verb=$word
			break
		fi
	done

	if _peerutils_line "$prev"; then
		if [[ $line == *FIELD* ]]; then
			# Fields may stand in a list: what is before the last one stays.
			[[ $cur =~ ^(.*[,+]) ]] && before=${BASH_REMATCH[1]}
			names=$("$tool" --list fields ${verb:+"$verb"} 2>/dev/null </dev/null | cut -f 1)
			# An "=" or another comma may follow.
			compopt -o nospace
		else
			names=$("$tool" --list values "${prev##*-}" 2>/dev/null </dev/null)
		fi
	elif [[ $cur == -* ]]; then
		names=$("$tool" --list options ${verb:+"$verb"} 2>/dev/null </dev/null | cut -f 1)
	elif [[ -z $verb ]]; then
		# The first verb may be left out, so a file may stand here too.
		names=$(cut -f 1 <<<"$verbs")
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	else
		names=$("$tool" --list operands "$verb" 2>/dev/null </dev/null)
	fi
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -P "$before" -W "$names" -- "${cur#"$before"}")
}

# Without a match it is a file.
complete -o bashdefault -o default -F _peerutils "${BASH_SOURCE[0]##*/}"
