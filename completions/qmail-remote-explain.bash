# qmail-remote-explain - completion for bash                -*- sh -*-
#
# Options, and the domains of addresses: those that control files name.  Of a
# line only the key is looked at; what follows may be a password.

# _qmail_remote_explain_domains FILE... - the domains that control files name
_qmail_remote_explain_domains()
{
	local file
	for file; do
		[ -f "$file" ] && [ -r "$file" ] &&
			sed -n '/^#/d; s/[:[:space:]].*//; s/^.*@//
				s/^\.//; /^[[:alnum:]_-][[:alnum:]._-]*$/p' "$file"
	done | sort -u
}

# _qmail_remote_explain - what the word at the cursor may become
#
# The words are those of the line, for COMP_WORDS parts them at "@".
_qmail_remote_explain()
{
	local line=${COMP_LINE:0:COMP_POINT}
	local dir=${CONTROLDIR:-@CONTROLDIR@}
	local addresses=0 cur domains last word
	local -a words

	COMPREPLY=()
	read -r -a words <<<"$line"
	case $line in
	*[[:space:]]) words+=('') ;;
	esac
	last=$((${#words[@]} - 1))
	cur=${words[last]}
	for word in "${words[@]:1:last-1}"; do
		case $word in
		--c*) dir=${CONTROLDIR:-@CLASSIC_CONTROLDIR@} ;;
		--s*) addresses=2 ;;
		-*) ;;
		*) addresses=$((addresses + 1)) ;;
		esac
	done
	if [[ $cur == -* && $addresses = [02] ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			'--json --probe --classic --settings' -- "$cur")
		return
	fi
	case $addresses in
	0) domains=$(_qmail_remote_explain_domains "$dir"/{me,default*,plus*} \
		"$dir"/{locals,rcpthosts,virtualdomains,domainbindings}) ;;
	1) domains=$(_qmail_remote_explain_domains \
		"$dir"/{smtproutes,qmtproutes,tlspolicy,tlsadomains} \
		"$dir"/{notlhosts,notlshosts}) ;;
	*) return ;;
	esac
	# Only the part behind the "@" is replaced.
	[[ $cur == *?@* ]] || return
	mapfile -t COMPREPLY < <(compgen -W "$domains" -- "${cur##*@}")
	[[ $COMP_WORDBREAKS == *@* ]] ||
		COMPREPLY=("${COMPREPLY[@]/#/"${cur%@*}@"}")
}

complete -F _qmail_remote_explain qmail-remote-explain
