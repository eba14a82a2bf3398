# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Godwit from a build folder in the namespace "client" of network.sh: a private system bus, godwitd, the command.

client_up() {
	client_build=$(realpath "$1")
	client_dir=$network_dir/client
	mkdir -p "$client_dir/home"
	cat >"$client_dir/bus.conf" <<-CONF
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
		  <type>custom</type>
		  <listen>unix:path=$client_dir/bus</listen>
		  <auth>EXTERNAL</auth>
		  <policy context="default">
		    <allow user="*"/>
		    <allow send_destination="*" eavesdrop="true"/>
		    <allow eavesdrop="true"/>
		    <allow own="*"/>
		  </policy>
		</busconfig>
	CONF
	network_daemon client "$client_dir/bus.log" dbus-daemon --config-file="$client_dir/bus.conf" --nofork --nopidfile
	client_wait test -S "$client_dir/bus"
	chmod 666 "$client_dir/bus"
	client_daemon_up
}

client_environment=(ASAN_OPTIONS=detect_leaks=0)

client_run() {
	network_in client env "${client_environment[@]}" DBUS_SYSTEM_BUS_ADDRESS="unix:path=$client_dir/bus" \
		HOME="$client_dir/home" "$@"
}

# client_wait COMMAND...: until it succeeds, 5 s at most.
client_wait() {
	local i
	for i in $(seq 250); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.02
	done
	echo "waited 5 s in vain for: $*" >&2
	return 1
}

client_daemon_up() {
	network_daemon client "$client_dir/godwitd.log" env "${client_environment[@]}" \
		DBUS_SYSTEM_BUS_ADDRESS="unix:path=$client_dir/bus" "$client_build/client/daemon/godwitd"
	client_daemon_pid=$network_daemon_pid
	client_wait godwit list
}

godwit() {
	client_run "$client_build/client/cli/godwit" "$@"
}

# client_profile NAME HOST METHOD [LINES]: writes NAME.profile; METHOD: eap:WORDS, psk, certificate:KIND; HOST: the last
# part of the gateway's address; LINES are added behind "GROUP KEY=VALUE", one a line.
client_profile() {
	local name=$1 address=$2 method=$3
	local file=$client_dir/$name.profile
	{
		printf '[profile]\nname=%s\n[gateway]\naddress=%s\nidentity=%s\nca=%s\n' "$name" "$address" \
			"${client_identity:-vpn.godwit.test}" "${client_ca:-$gateway_dir/pki/ca.crt}"
		[ -z "${client_gateway_lines:-}" ] || printf '%b' "$client_gateway_lines"
		printf '[user]\n'
		case "$method" in
		eap:*) printf 'method=eap\nuser=%s\neap=%s\n' "${client_user:-carol}" "${method#eap:}" ;;
		eap-tls:*)
			printf 'method=eap\nuser=carol@godwit.test\neap=tls\ncertificate=%s.crt\nkey=%s.key\n' \
				"$gateway_dir/pki/user-${method#*:}" "$gateway_dir/pki/user-${method#*:}"
			;;
		psk) printf 'method=psk\nidentity=psk@godwit.test\n' ;;
		certificate:*)
			printf 'method=certificate\nidentity=carol@godwit.test\ncertificate=%s.crt\nkey=%s.key\n' \
				"$gateway_dir/pki/user-${method#*:}" "$gateway_dir/pki/user-${method#*:}"
			;;
		esac
		[ -z "${client_user_lines:-}" ] || printf '%b' "$client_user_lines"
		[ -z "${client_network_lines:-}" ] || printf '[network]\n%b' "$client_network_lines"
	} >"$file"
	echo "$file"
}

# client_connect FILE SECRET [ARGUMENTS]
client_connect() {
	local file=$1 secret=$2
	shift 2
	printf '%s\n' "$secret" | godwit connect "$file" --wait 20 --password-file - "$@"
}

client_ping() {
	network_in client ping -n -c 1 -W 2 "$1"
}
