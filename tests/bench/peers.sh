# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The clients that are measured, each against its own gateway at 198.51.100.10 in the namespaces of tests/netns/network.sh, all of
# them with the inner host 10.1.0.10 behind it and an inner MTU of 1400.
#
# NAME_there: whether it is installed.  NAME_up: starts gateway and client, and returns when the client says it is connected;
# sets peer_pids (what is billed: the client's processes) and peer_interface (of the client).  peer_down ends all of it.

peer_files=
peer_pids=()
peer_daemons=()

# peer_daemon NAMESPACE LOG COMMAND...: remembered for peer_down; the pid is in network_daemon_pid
peer_daemon() {
	network_daemon "$@"
	peer_daemons+=("$network_daemon_pid")
}

peer_down() {
	local i
	for ((i = ${#peer_daemons[@]} - 1; i >= 0; i--)); do
		kill "${peer_daemons[i]}" 2>/dev/null || continue
		network_end "${peer_daemons[i]}"
	done
	peer_daemons=()
	peer_pids=()
	network_in client ip route del 10.1.0.0/16 2>/dev/null || true
}

# peer_wait COMMAND...: until it succeeds, 10 s at most
peer_wait() {
	local i
	for i in $(seq 1000); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.01
	done
	echo "bench: waited 10 s in vain for: $*" >&2
	return 1
}

peer_link() {
	network_in "$1" ip link show "$2"
}

godwit_there() { true; }
godwit_up() {
	[ -n "${gateway_pid:-}" ] || gateway_up
	client_up "$bench_build"
	peer_daemons+=("$client_daemon_pid")
	client_network_lines='remote=10.1.0.0/16\n'
	local profile
	profile=$(client_profile bench 198.51.100.15 certificate:ecdsa)
	peer_begin
	godwit connect "$profile" >"$peer_files/godwit.log" 2>&1 || return 1
	peer_end || return 1
	peer_pids=("$client_daemon_pid" "$(godwit status bench --json | grep -oE '"worker[-_]pid" *: *[0-9]+' | grep -oE '[0-9]+')")
	peer_interface=godwit0
}

# The same packet path at both ends, without IKE.
godwit-far-end_there() { true; }
godwit-far-end_up() {
	local end=$bench_build/tests/bench/bench-far-end
	peer_begin
	peer_daemon gateway "$peer_files/far-b.log" "$end" 198.51.100.10:4600 192.0.2.2:4600 far0 b "$bench_cipher"
	peer_daemon client "$peer_files/far-a.log" "$end" 192.0.2.2:4600 198.51.100.10:4600 far0 a "$bench_cipher"
	peer_pids=("$network_daemon_pid")
	peer_wait peer_link gateway far0 || return 1
	peer_wait peer_link client far0 || return 1
	network_in gateway ip addr add 10.9.0.1/24 dev far0
	network_in gateway ip link set far0 mtu 1400 up
	network_in client ip addr add 10.9.0.2/24 dev far0
	network_in client ip link set far0 mtu 1400 up
	network_in client ip route add 10.1.0.0/16 dev far0
	peer_end || return 1
	peer_interface=far0
}

charon-cmd_there() { [ -x /usr/sbin/charon-cmd ]; }
charon-cmd_up() {
	[ -n "${gateway_pid:-}" ] || gateway_up
	cat >"$peer_files/charon-cmd.conf" <<-CONF
		charon-cmd {
		  load_modular = no
		  load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey revocation constraints curve25519 gcm aes sha1 sha2 hmac kdf gmp kernel-libipsec kernel-netlink socket-default
		  plugins {
		    kernel-netlink {
		      fwmark = !0x42
		    }
		    socket-default {
		      fwmark = 0x42
		    }
		  }
		}
	CONF
	peer_begin
	peer_daemon client "$peer_files/charon-cmd.log" env STRONGSWAN_CONF="$peer_files/charon-cmd.conf" stdbuf -oL charon-cmd \
		--host 198.51.100.14 --remote-identity vpn.godwit.test --identity carol@godwit.test --cert "$gateway_dir/pki/ca.crt" \
		--cert "$gateway_dir/pki/user-rsa.crt" --rsa "$gateway_dir/pki/user-rsa.key" --profile ikev2-pub \
		--esp-proposal aes128gcm16 --remote-ts 10.1.0.0/16
	peer_pids=("$network_daemon_pid")
	peer_wait grep -q 'CHILD_SA .* established' "$peer_files/charon-cmd.log" || return 1
	peer_end || return 1
	peer_interface=ipsec0
}

wireguard-go_there() { command -v wireguard-go wg >/dev/null; }
wireguard-go_up() {
	local name key
	for name in client gateway; do
		wg genkey >"$peer_files/wg-$name.key"
		wg pubkey <"$peer_files/wg-$name.key" >"$peer_files/wg-$name.pub"
		network_in $name mkdir -p /run/wireguard
	done
	peer_daemon gateway "$peer_files/wg-gateway.log" env WG_PROCESS_FOREGROUND=1 wireguard-go -f wg0
	peer_wait network_in gateway test -S /run/wireguard/wg0.sock || return 1
	network_in gateway wg set wg0 listen-port 51820 private-key "$peer_files/wg-gateway.key" \
		peer "$(cat "$peer_files/wg-client.pub")" allowed-ips 10.9.0.2/32
	network_in gateway ip addr add 10.9.0.1/24 dev wg0
	network_in gateway ip link set wg0 mtu 1400 up
	peer_begin
	peer_daemon client "$peer_files/wg-client.log" env WG_PROCESS_FOREGROUND=1 wireguard-go -f wg0
	peer_pids=("$network_daemon_pid")
	peer_wait network_in client test -S /run/wireguard/wg0.sock || return 1
	network_in client wg set wg0 private-key "$peer_files/wg-client.key" \
		peer "$(cat "$peer_files/wg-gateway.pub")" endpoint 198.51.100.10:51820 allowed-ips 10.0.0.0/8
	network_in client ip addr add 10.9.0.2/24 dev wg0
	network_in client ip link set wg0 mtu 1400 up
	network_in client ip route add 10.1.0.0/16 dev wg0
	peer_end || return 1
	peer_interface=wg0
}

openvpn_there() { command -v openvpn >/dev/null; }
openvpn_up() {
	[ -n "${gateway_dir:-}" ] || gateway_up
	local common=(--dev-type tun --dev ovpn0 --proto udp --disable-dco --tun-mtu 1400 --data-ciphers AES-128-GCM --verb 3
		--ca "$gateway_dir/pki/ca.crt")
	peer_daemon gateway "$peer_files/openvpn-gateway.log" openvpn "${common[@]}" --local 198.51.100.10 --topology subnet \
		--server 10.9.0.0 255.255.255.0 --push 'route 10.1.0.0 255.255.0.0' --dh none \
		--cert "$gateway_dir/pki/gateway-rsa.crt" --key "$gateway_dir/pki/gateway-rsa.key"
	peer_wait grep -q 'Initialization Sequence Completed' "$peer_files/openvpn-gateway.log" || return 1
	peer_begin
	peer_daemon client "$peer_files/openvpn-client.log" openvpn "${common[@]}" --client --nobind --remote 198.51.100.10 1194 \
		--cert "$gateway_dir/pki/user-rsa.crt" --key "$gateway_dir/pki/user-rsa.key"
	peer_pids=("$network_daemon_pid")
	peer_wait grep -q 'Initialization Sequence Completed' "$peer_files/openvpn-client.log" || return 1
	peer_end || return 1
	peer_interface=ovpn0
}

openconnect_there() { command -v openconnect ocserv >/dev/null; }
openconnect_up() {
	[ -n "${gateway_dir:-}" ] || gateway_up
	printf 'carol:*:%s\n' "$(openssl passwd -6 bench)" >"$peer_files/ocpasswd"
	cat >"$peer_files/ocserv.conf" <<-CONF
		auth = "plain[passwd=$peer_files/ocpasswd]"
		listen-host = 198.51.100.10
		tcp-port = 443
		udp-port = 443
		run-as-user = root
		run-as-group = root
		socket-file = $peer_files/ocserv.sock
		server-cert = $gateway_dir/pki/gateway-rsa.crt
		server-key = $gateway_dir/pki/gateway-rsa.key
		isolate-workers = false
		max-clients = 4
		max-same-clients = 4
		keepalive = 300
		try-mtu-discovery = false
		mtu = 1480
		device = ocs
		ipv4-network = 10.9.0.0/24
		route = 10.1.0.0/16
		cisco-client-compat = true
		dtls-legacy = false
		use-occtl = false
		pid-file = $peer_files/ocserv.pid
		predictable-ips = true
		tls-priorities = "NORMAL:%SERVER_PRECEDENCE:-VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM"
	CONF
	cat >"$peer_files/vpnc" <<-'SCRIPT'
		#!/bin/sh
		[ "$reason" = connect ] || exit 0
		ip addr add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
		ip link set "$TUNDEV" mtu 1400 up
		ip route replace 10.1.0.0/16 dev "$TUNDEV"
	SCRIPT
	chmod 755 "$peer_files/vpnc"
	peer_daemon gateway "$peer_files/ocserv.log" ocserv -f -c "$peer_files/ocserv.conf"
	peer_wait network_in gateway sh -c 'ss -ltn | grep -q 198.51.100.10:443' || return 1
	peer_begin
	echo bench >"$peer_files/oc-password"
	peer_daemon client "$peer_files/openconnect.log" sh -c 'exec openconnect --protocol=anyconnect --user=carol --passwd-on-stdin \
		--cafile "$1" --interface=oc0 --script "$2" https://198.51.100.10/ <"$3"' - "$gateway_dir/pki/ca.crt" "$peer_files/vpnc" \
		"$peer_files/oc-password"
	peer_pids=("$network_daemon_pid")
	peer_wait grep -qE 'Established DTLS|DTLS connection.*established|Established.*DTLS' "$peer_files/openconnect.log" || return 1
	peer_end || return 1
	peer_interface=oc0
}
