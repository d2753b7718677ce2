# peerutils.zsh - completion in zsh for every tool: it knows no option, verb or field, and asks `TOOL --list`
#
# Installed as _TOOL, behind a #compdef line with the name of the tool; its text is the body of that function.

emulate -L zsh
setopt extended_glob

local tool=$words[1] verb='' line word name
local -a options verbs known names
local -A argument
local -i i

# rows LISTED... - `name TAB ... TAB help` as the "name:help" that _describe wants
rows() {
	local row
	names=()
	for row in "$@"; do
		names+=("${${row%%$'\t'*}//:/\\:}:${row##*$'\t'}")
	done
}

options=(${(f)"$(_call_program options $tool --list options 2>/dev/null)"})
verbs=(${(f)"$(_call_program verbs $tool --list verbs 2>/dev/null)"})
known=(${verbs%%$'\t'*})
(( $#options )) || return 1
for line in $options; do
	name=${line%%$'\t'*} line=${line#*$'\t'}
	# Only options that take an argument.
	[[ $line == $'\t'* ]] || argument[$name]=$line
done

# The verb is the first word that is neither an option nor the argument of one.
for (( i = 2; i < CURRENT; i++ )); do
	word=$words[i]
	if (( $+argument[$word] )); then
		i+=1
	elif [[ $word != -* ]]; then
		(( $known[(Ie)$word] )) && verb=$word
		break
	fi
done

# `--option=value` is one word here.
word=$words[CURRENT-1]
if [[ $PREFIX == --[^=]##=* ]]; then
	word=${PREFIX%%=*}
	compset -P 1 '*='
fi

if (( CURRENT > 2 || $#IPREFIX )) && (( $+argument[$word] )); then
	if [[ $argument[$word] == *FIELD* ]]; then
		# Fields may stand in a list: what is before the last one stays.
		compset -P '*[,+]'
		rows ${(f)"$(_call_program fields $tool --list fields $verb 2>/dev/null)"}
		_describe -t fields field names -S ''
		return
	fi
	names=(${(f)"$(_call_program values $tool --list values ${word##-#} 2>/dev/null)"})
	if (( $#names )); then
		_describe -t values value names
	else
		_files
	fi
elif [[ $PREFIX == -* ]]; then
	rows ${(f)"$(_call_program options $tool --list options $verb 2>/dev/null)"}
	_describe -o -t options option names
elif [[ -z $verb ]]; then
	# The first verb may be left out, so a file may stand here too.
	rows $verbs
	_alternative 'verbs:verb:{_describe -t verbs verb names}' 'files:file:_files'
else
	names=(${(f)"$(_call_program operands $tool --list operands $verb 2>/dev/null)"})
	if (( $#names )); then
		_describe -t operands operand names
	else
		_files
	fi
fi
