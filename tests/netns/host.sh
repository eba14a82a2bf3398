# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# host-driver in the namespace "client" of network.sh: host_run for a whole script, host_open, host_say, host_close for a
# conversation.

host_up() {
	host_program=$(realpath "$1")/tests/netns/host-driver
	host_environment=(ASAN_OPTIONS=detect_leaks=0 DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/no-such-bus)
	host_in=
}

# host_run [NAME=VALUE...] <LINES: prints the answers.
host_run() {
	network_in client env "${host_environment[@]}" "$@" "$host_program" /run/godwit
}

host_open() {
	coproc HOST { network_in client env "${host_environment[@]}" "$@" "$host_program" /run/godwit; }
	host_pid=$HOST_PID
	exec {host_in}>&"${HOST[1]}" {host_out}<&"${HOST[0]}" {HOST[1]}>&- {HOST[0]}<&-
}

# host_say WORDS...: prints the answer.
host_say() {
	local answer=
	printf '%s\n' "$*" >&"$host_in"
	read -r -t 20 answer <&"$host_out" || true
	printf '%s\n' "$answer"
}

host_close() {
	[ -n "$host_in" ] || return 0
	exec {host_in}>&- {host_out}<&-
	wait "$host_pid" 2>/dev/null || true
	host_in=
}

host_route() {
	network_in client ip route get "$@" 2>&1 | head -n 1
}

host_link() {
	network_in client ip -o link show "$1" | cut -d: -f1
}
