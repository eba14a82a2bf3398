# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# TAP for shell tests: begin a case, check in it, end it; the plan comes last.

tap_count=0
tap_failed=0
tap_case=
tap_why=()

tap_begin() {
	tap_case=$1
	tap_why=()
}

# tap_check WORDS COMMAND...: the case fails when the command does.
tap_check() {
	local words=$1
	shift
	"$@" >"$tap_output" 2>&1 && return 0
	tap_why+=("$words")
	while read -r line; do tap_why+=("    $line"); done < <(tail -n 12 "$tap_output")
	return 1
}

# tap_equal WORDS WANTED GOT
tap_equal() {
	[ "$2" = "$3" ] && return 0
	tap_why+=("$1")
	while read -r line; do tap_why+=("    $line"); done < <(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | head -n 20)
	return 1
}

# tap_match WORDS PATTERN TEXT
tap_match() {
	grep -qE -- "$2" <<<"$3" && return 0
	tap_why+=("$1: no match for $2 in:")
	while read -r line; do tap_why+=("    $line"); done < <(head -n 12 <<<"$3")
	return 1
}

tap_end() {
	tap_count=$((tap_count + 1))
	if [ ${#tap_why[@]} -eq 0 ]; then
		echo "ok $tap_count $tap_case"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count $tap_case"
		printf '# %s\n' "${tap_why[@]}"
	fi
}

tap_done() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}

# tap_need_root: a whole program that cannot run says why.
tap_need_root() {
	if [ "$(id -u)" -ne 0 ] || [ ! -c /dev/net/tun ]; then
		echo "1..0 # SKIP needs root and /dev/net/tun"
		exit 0
	fi
	tap_output=$(mktemp)
}
