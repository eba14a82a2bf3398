# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The world that the demo and the tests live in, in namespaces of its own. Source it, call network_up, and
# network_down from a trap.
#
#     client ------------- router ---------------- gateway ------------ inner host
#     192.0.2.2            .1    198.51.100.1      198.51.100.10..39    10.1.0.1   10.1.0.10
#     2001:db8:1::2        ::1   2001:db8:2::1     2001:db8:2::10..39   fd01::1    fd01::10
#
# The router routes; after network_nat on it also translates addresses. The gateway drops packets for the inner network
# that come in the clear, so that an answer of the inner host proves a tunnel. The client has a mount namespace of its own
# with its own /run, /etc/hosts and /etc/resolv.conf.

network_pids=()

# network_in NAME COMMAND...: runs in the namespaces of client, router, gateway or inner.
network_in() {
	local name=$1 pid
	shift
	pid=$(cat "$network_dir/$name.pid")
	nsenter -t "$pid" -m -n -- "$@"
}

# A namespace lives as long as its sleeping process.
network_namespace() {
	local name=$1
	unshare -m -n --propagation private sleep infinity &
	echo $! >"$network_dir/$name.pid"
	network_pids+=($!)
	# unshare needs a moment before its child is in the new namespaces.
	local i
	for i in $(seq 200); do
		[ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ] &&
			[ "$(cat /proc/$!/comm 2>/dev/null)" = sleep ] && break
		sleep 0.01
	done
	network_in "$name" mount -t tmpfs -o mode=755 tmpfs /run
	network_in "$name" sh -c 'for i in all default; do echo 0 >/proc/sys/net/ipv6/conf/$i/accept_dad; done'
	network_in "$name" ip link set lo up
}

# network_link A ADDRESS4 ADDRESS6 B ADDRESS4 ADDRESS6: a cable; the interface is named after the other end.
network_link() {
	local a=$1 b=$4
	ip link add "gw$$a" type veth peer name "gw$$b"
	ip link set "gw$$a" netns "$(cat "$network_dir/$a.pid")"
	ip link set "gw$$b" netns "$(cat "$network_dir/$b.pid")"
	network_in "$a" ip link set "gw$$a" name "to-$b"
	network_in "$b" ip link set "gw$$b" name "to-$a"
	network_in "$a" ip addr add "$2" dev "to-$b"
	network_in "$a" ip addr add "$3" dev "to-$b" nodad
	network_in "$b" ip addr add "$5" dev "to-$a"
	network_in "$b" ip addr add "$6" dev "to-$a" nodad
	network_in "$a" ip link set "to-$b" up
	network_in "$b" ip link set "to-$a" up
}

network_up() {
	network_dir=$(mktemp -d)
	chmod 755 "$network_dir"
	local name
	for name in client router gateway inner; do
		network_namespace $name
	done
	network_link client 192.0.2.2/24 2001:db8:1::2/64 router 192.0.2.1/24 2001:db8:1::1/64
	network_link router 198.51.100.1/24 2001:db8:2::1/64 gateway 198.51.100.10/24 2001:db8:2::10/64
	network_link gateway 10.1.0.1/16 fd01::1/64 inner 10.1.0.10/16 fd01::10/64
	local i
	for i in $(seq 11 39); do
		network_in gateway ip addr add 198.51.100.$i/24 dev to-router
		network_in gateway ip addr add 2001:db8:2::$i/64 dev to-router nodad
	done
	for name in router gateway; do
		network_in $name sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	done
	network_in client ip route add default via 192.0.2.1
	network_in client ip -6 route add default via 2001:db8:1::1
	network_in gateway ip route add default via 198.51.100.1
	network_in gateway ip -6 route add default via 2001:db8:2::1
	network_in inner ip route add default via 10.1.0.1
	network_in inner ip -6 route add default via fd01::1
	network_in gateway nft -f - <<-'NFT'
		table inet inner {
			chain forward {
				type filter hook prerouting priority -150;
				iifname "to-router" ip daddr 10.0.0.0/8 drop
				iifname "to-router" ip6 daddr fd00::/8 drop
				iifname "to-router" ip saddr 10.0.0.0/8 drop
				iifname "to-router" ip6 saddr fd00::/8 drop
			}
		}
	NFT
	mkdir "$network_dir/etc"
	printf '127.0.0.1 localhost\n198.51.100.10 vpn.godwit.test\n2001:db8:2::10 vpn.godwit.test\n' >"$network_dir/etc/hosts"
	printf 'nameserver 192.0.2.1\n' >"$network_dir/etc/resolv.conf"
	network_in client mount --bind "$network_dir/etc/hosts" /etc/hosts
	network_in client mount --bind "$network_dir/etc/resolv.conf" /etc/resolv.conf
	# ip(8) in a mount namespace of its own shows /sys of the old one; nothing here reads it.
}

# Address and port translation, as a home router or a hotel does it.
network_nat() {
	if [ "$1" = on ]; then
		network_in router nft -f - <<-'NFT'
			table inet nat {
				chain postrouting {
					type nat hook postrouting priority 100;
					oifname "to-gateway" ip saddr 192.0.2.0/24 masquerade random
					oifname "to-gateway" ip6 saddr 2001:db8:1::/64 masquerade random
				}
			}
		NFT
	else
		network_in router nft delete table inet nat 2>/dev/null || true
	fi
}

# network_daemon NAME LOG COMMAND...: starts it in the namespace, ended by network_down; its pid is in network_daemon_pid.
network_daemon() {
	local name=$1 log=$2
	shift 2
	nsenter -t "$(cat "$network_dir/$name.pid")" -m -n -- "$@" >"$log" 2>&1 &
	network_daemon_pid=$!
	network_pids+=($!)
}

# A program that does not end within 5 s is a bug to be told, not one to wait for.
network_end() {
	local i
	for i in $(seq 250); do
		kill -0 "$1" 2>/dev/null || break
		# A child that nobody waited for can still be signalled.
		[ "$(awk '/^State/ { print $2 }' "/proc/$1/status" 2>/dev/null)" = Z ] && break
		sleep 0.02
	done
	if [ "$i" -eq 250 ]; then
		echo "# process $1 ($(cat "/proc/$1/comm" 2>/dev/null)) did not end on SIGTERM" >&2
		kill -9 "$1" 2>/dev/null || true
	fi
	wait "$1" 2>/dev/null || true
}

network_down() {
	local pid i
	# Last started first: programs before the namespaces they live in.
	for ((i = ${#network_pids[@]} - 1; i >= 0; i--)); do
		pid=${network_pids[i]}
		kill "$pid" 2>/dev/null || continue
		network_end "$pid"
	done
	network_pids=()
	[ -z "${network_dir:-}" ] || rm -rf "$network_dir"
}

# What a leftover would change: compared before and after.
network_state() {
	network_in client sh -c 'ip -d -o link; ip -o addr; ip route show table all; ip -6 route show table all; ip rule; ip -6 rule
		cat /etc/resolv.conf; ls /run/godwit 2>/dev/null; true' |
		sed -E 's/ (preferred|valid)_lft [^ ]+//g; s/ expires [^ ]+//; /^(unreachable|multicast) .*cache/d'
}
