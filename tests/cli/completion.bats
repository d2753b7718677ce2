# completion.bats - the three completion stubs, in the shells they are for, against a tool of their own and each real one

load ../support/helpers

setup_file() {
	# Where make install would put them, for a tool whose --list is known and for the real ones.
	local stubs=$BATS_TEST_DIRNAME/../../completions tool
	export folder=$BATS_FILE_TMPDIR
	mkdir "$folder/bash" "$folder/zsh" "$folder/fish" "$folder/bin" "$folder/here"
	for tool in mock $PEERUTILS_TOOLS; do
		cp "$stubs/peerutils.bash" "$folder/bash/$tool"
		{ echo "#compdef $tool"; cat "$stubs/peerutils.zsh"; } >"$folder/zsh/_$tool"
		cp "$stubs/peerutils.fish" "$folder/fish/$tool.fish"
	done
	: >"$folder/here/some.file"
	cat >"$folder/bin/mock" <<-'MOCK'
		#!/bin/sh
		case $* in
		'--list verbs') printf 'bend\tfirst: the default\nfold\tsecond\n' ;;
		'--list options fold') printf -- '--crease\tN\thow deep\n' ;;
		'--list options'*) printf -- '--json\t\tprint it\n-c\tFIELDS\tcolumns\n--columns\tFIELDS\tcolumns\n'
			printf -- "--where\\tCONDITION\\twith 'FIELD OP VALUE'\\n--order\\tORDER\\tof bytes\\n--from\\tURI\\tsource\\n" ;;
		'--list fields fold') printf 'angle\tu8\tonly there\n' ;;
		'--list fields'*) printf 'port\tu16\tTCP port\nseen\ttime\twhen\nipv4\tip\tone\nipv6\tip\tother\n' ;;
		'--list operands bend') printf 'left\nright\n' ;;
		'--list values order') printf 'little\nbig\n' ;;
		esac
	MOCK
	chmod +x "$folder/bin/mock"
}

# in_bash WORD... - the candidates for the last word, sorted, on one line
in_bash() {
	PATH=$folder/bin:$PATH bash --norc -c '
		compopt() { :; }
		cd "$1" && source "$2" && shift 2
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_peerutils "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}" | LC_ALL=C sort -u | paste -sd " "
	' bash "$folder/here" "$folder/bash/$1" "$@"
}

# in_fish LINE - the same, for the end of a command line
in_fish() {
	(cd "$folder/here" && HOME=$tmp PATH=$folder/bin:$PATH fish --no-config -c '
		source $argv[1]/fish/(string split " " -- $argv[2])[1].fish
		complete -C $argv[2] | string split --fields 1 \t
	' "$folder" "$1" | LC_ALL=C sort -u | paste -sd ' ')
}

# in_zsh LINE... - what each line has become after a TAB
in_zsh() {
	(cd "$folder/here" && HOME=$tmp TMPDIR=$tmp PATH=$folder/bin:$PATH TERM=dumb \
		timeout 100 zsh -f "$top/tests/support/complete.zsh" "$folder/zsh" "$@" 3>&-)
}

# The shells are no servers: without them nothing of ours is untested that another machine would not test.
shell() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	[ "$1" != zsh ] || in_zsh '' >/dev/null || [ $? != 77 ] || skip "no pseudo terminals here"
}

same() {
	[ "$1" = "$2" ] || { printf 'got  %s\nwant %s\n' "$1" "$2" >&2; return 1; }
}

@test "bash: verbs, options, fields, values, files" {
	same "$(in_bash mock '')" 'bend fold some.file'
	same "$(in_bash mock fo)" fold
	same "$(in_bash mock -)" '--columns --from --json --order --where -c'
	same "$(in_bash mock --c)" '--columns'
	same "$(in_bash mock fold -)" '--crease'
	same "$(in_bash mock -c '')" 'ipv4 ipv6 port seen'
	same "$(in_bash mock fold -c '')" angle
	same "$(in_bash mock --where s)" seen
	same "$(in_bash mock --from fold -c p)" port
	same "$(in_bash mock --order '')" 'big little'
	same "$(in_bash mock fold so)" ''
	same "$(in_bash mock bend '')" 'left right'
}

@test "bash: lists of fields, and --option=value" {
	same "$(in_bash mock -c port,ipv)" 'port,ipv4 port,ipv6'
	same "$(in_bash mock -c +s)" +seen
	same "$(in_bash mock --order =)" 'big little'
	same "$(in_bash mock --order = l)" little
	same "$(in_bash mock --columns = port,s)" port,seen
}

@test "bash: finds the stub under the tool's name" {
	run bash --norc -c 'source "$1/bash/mock" && complete -p mock' bash "$folder"
	[ "$status" = 0 ]
	[[ $output == *'-F _peerutils mock' ]]
}

@test "fish: verbs, options, fields, values, files" {
	shell fish
	same "$(in_fish 'mock ')" 'bend fold some.file'
	same "$(in_fish 'mock fo')" fold
	same "$(in_fish 'mock -')" '--columns --from --json --order --where -c'
	same "$(in_fish 'mock fold -')" '--crease'
	same "$(in_fish 'mock -c ')" 'ipv4 ipv6 port seen'
	same "$(in_fish 'mock fold -c ')" angle
	same "$(in_fish 'mock --where s')" seen
	same "$(in_fish 'mock --from fold -c p')" port
	same "$(in_fish 'mock --order ')" 'big little'
	same "$(in_fish 'mock fold so')" some.file
	same "$(in_fish 'mock bend ')" 'left right'
}

@test "fish: lists of fields, and --option=value" {
	shell fish
	same "$(in_fish 'mock -c port,ipv')" 'port,ipv4 port,ipv6'
	same "$(in_fish 'mock --order=l')" --order=little
	same "$(in_fish 'mock --from=so')" --from=some.file
	same "$(in_fish 'mock --columns=port,s')" --columns=port,seen
}

@test "zsh: verbs, options, fields, values, files, lists of fields, --option=value" {
	shell zsh
	same "$(in_zsh 'mock f' 'mock --j' 'mock fold --c' 'mock -c p' 'mock fold -c ' 'mock --where s' 'mock --from fold -c p' \
		'mock --order b' 'mock fold s' 'mock bend r' 'mock s' 'mock -c port,s' 'mock -c +s' 'mock --order=l' \
		'mock --columns=port,s')" \
		"$(printf '%s\n' 'mock fold ' 'mock --json ' 'mock fold --crease ' 'mock -c port' 'mock fold -c angle' \
			'mock --where seen' 'mock --from fold -c port' 'mock --order big ' 'mock fold some.file ' 'mock bend right ' \
			'mock some.file ' 'mock -c port,seen' 'mock -c +seen' 'mock --order=little ' 'mock --columns=port,seen')"
}

# Of the real tools the shells must say what the tools say.

@test "bash: what each tool lists" {
	for tool in $PEERUTILS_TOOLS; do
		verbs=$("$tool" --list verbs | cut -f 1)
		same "$(in_bash "$tool" '')" "$(printf '%s\n' "$verbs" some.file | LC_ALL=C sort -u | paste -sd ' ')"
		for verb in $verbs; do
			same "$(in_bash "$tool" "$verb" -)" "$("$tool" --list options "$verb" | cut -f 1 | LC_ALL=C sort -u | paste -sd ' ')"
			fields=$("$tool" --list fields "$verb" | cut -f 1 | LC_ALL=C sort -u | paste -sd ' ')
			[ -z "$fields" ] || same "$(in_bash "$tool" "$verb" --output '')" "$fields"
			operands=$("$tool" --list operands "$verb" | LC_ALL=C sort -u | paste -sd ' ')
			same "$(in_bash "$tool" "$verb" '')" "$operands"
		done
	done
}

@test "fish: what each tool lists" {
	shell fish
	for tool in $PEERUTILS_TOOLS; do
		verbs=$("$tool" --list verbs | cut -f 1)
		same "$(in_fish "$tool ")" "$(printf '%s\n' "$verbs" some.file | LC_ALL=C sort -u | paste -sd ' ')"
		same "$(in_fish "$tool -")" "$("$tool" --list options | cut -f 1 | LC_ALL=C sort -u | paste -sd ' ')"
		same "$(in_fish "$tool --output ")" "$("$tool" --list fields | cut -f 1 | LC_ALL=C sort -u | paste -sd ' ')"
	done
	same "$(in_fish 'userstats top ')" "$(userstats --list operands top | LC_ALL=C sort | paste -sd ' ')"
}

@test "zsh: what each tool lists" {
	shell zsh
	for tool in $PEERUTILS_TOOLS; do
		# of the verb that stands when none does: of dhtping, ping
		field=$("$tool" --list fields | cut -f 1 | grep -xm 1 -e info_hash -e node_id)
		same "$(in_zsh "$tool --vers" "$tool --output ${field%???}" "$tool --time i" "$tool some")" \
			"$(printf '%s\n' "$tool --version " "$tool --output $field" "$tool --time iso " "$tool some.file ")"
	done
	same "$(in_zsh 'userstats top see')" 'userstats top seeders '
}

# What the table gives to the shells is what the verb takes, and all of it.
@test "userstats top: its operands" {
	same "$(userstats --list operands top | paste -sd ' ')" "$(userstats top 2>&1 | sed -n 's/^userstats: top takes one field: //p' | tr -d ,)"
	same "$(userstats --list operands top | paste -sd ' ')" 'seeders leechers finished current completed'
}
