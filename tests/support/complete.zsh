# complete.zsh - types each command line at an interactive zsh, presses TAB and prints what the line became
#
# zsh -f complete.zsh FOLDER LINE... - FOLDER holds the completion functions
zmodload zsh/zpty
folder=$1
shift
out=$(mktemp)

# 77: there are no pseudo terminals here.
zpty shell zsh -f -i || { rm -f $out; exit 77; }
zpty -w shell "PROMPT= RPROMPT=; fpath=($folder \$fpath); autoload -U compinit; compinit -D -u
show() { print -r -- \"\$BUFFER\" >>$out; BUFFER=; }; zle -N show; bindkey '^X' show; bindkey '^I' complete-word
setopt no_beep; print ready >>$out"

# await N - waits for that many lines, and reads what the terminal shows meanwhile, which nobody wants
await() {
	local i junk
	for ((i = 0; i < 400; i++)); do
		zpty -r -t shell junk
		(( $(wc -l <$out) >= $1 )) && return
		sleep 0.05
	done
}

await 1
n=1
for line; do
	zpty -n -w shell "$line"$'\t\x18'
	await $(( ++n ))
done
zpty -d shell
tail -n +2 $out
rm -f $out
