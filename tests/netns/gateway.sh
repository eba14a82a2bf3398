# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# strongSwan as gateway in the namespace "gateway" of network.sh. Each method has an outer address of its own:
#
#   .10 eap-mschapv2  .11 eap-gtc  .12 eap-md5  .13 psk  .14 rsa  .15 ecdsa  .16 ed25519  .17 split (mschapv2)
#   .18 fragments (mschapv2, forced)  .19 no pool  .20 only modp1024  .21 certificate of another name
#   .22 certificate of another CA  .23 IPv4 pool only  .24 ChaCha20-Poly1305  .25 AES-CBC with HMAC-SHA2-384
#   .26 RSASSA-PSS  .27 asks for curve25519  .28 no selectors in common  .29 its identity is its address
#   .30 eap-tls  .31 eap-ttls (EAP-MD5 inside), both as eap.godwit.test  .32 eap by RADIUS (radius.sh)
#
# Users: carol, password "pass word%1" (EAP); PSK "a shared secret of 29 octets!" for psk@godwit.test.

gateway_password='pass word%1'
gateway_psk='a shared secret of 29 octets!'

gateway_pki() {
	STRONGSWAN_CONF=$gateway_dir/pki.conf pki "$@"
}

# gateway_certificate FILE TYPE BITS CA SUBJECT [OPTIONS]: a key and a certificate signed by CA
gateway_certificate() {
	local file=$1 type=$2 bits=$3 ca=$4 subject=$5
	shift 5
	gateway_pki --gen --type "$type" ${bits:+--size $bits} --outform pem >"$file.key"
	gateway_pki --issue --in "$file.key" --type priv --cacert "$ca.crt" --cakey "$ca.key" --dn "$subject" \
		--lifetime 30 --outform pem "$@" >"$file.crt"
}

gateway_certificates() {
	local dir=$gateway_dir/pki ca
	mkdir -p "$dir"
	printf 'pki { load = pem pkcs1 pkcs8 x509 pubkey openssl random sha1 sha2 gcm aes hmac gmp curve25519 }\n' >"$gateway_dir/pki.conf"
	for ca in ca other-ca; do
		gateway_pki --gen --type ecdsa --size 256 --outform pem >"$dir/$ca.key"
		gateway_pki --self --ca --in "$dir/$ca.key" --type priv --dn "O=Godwit test, CN=$ca" --lifetime 30 --outform pem >"$dir/$ca.crt"
	done
	local names=(--san vpn.godwit.test) i
	for i in $(seq 10 36); do
		names+=(--san 198.51.100.$i --san 2001:db8:2::$i)
	done
	gateway_certificate "$dir/gateway-rsa" rsa 2048 "$dir/ca" "O=Godwit test, CN=gateway" --flag serverAuth "${names[@]}"
	gateway_certificate "$dir/gateway-ecdsa" ecdsa 384 "$dir/ca" "O=Godwit test, CN=gateway" --flag serverAuth "${names[@]}"
	gateway_certificate "$dir/gateway-ed25519" ed25519 "" "$dir/ca" "O=Godwit test, CN=gateway" --flag serverAuth "${names[@]}"
	gateway_certificate "$dir/gateway-eap" rsa 2048 "$dir/ca" "O=Godwit test, CN=eap" --flag serverAuth --san eap.godwit.test
	gateway_certificate "$dir/gateway-name" ecdsa 256 "$dir/ca" "O=Godwit test, CN=vpn.godwit.test" --flag serverAuth --san other.godwit.test
	gateway_certificate "$dir/gateway-foreign" ecdsa 256 "$dir/other-ca" "O=Godwit test, CN=gateway" --flag serverAuth "${names[@]}"
	gateway_certificate "$dir/user-rsa" rsa 2048 "$dir/ca" "O=Godwit test, CN=carol" --san carol@godwit.test --flag clientAuth
	gateway_certificate "$dir/user-ecdsa" ecdsa 256 "$dir/ca" "O=Godwit test, CN=carol" --san carol@godwit.test --flag clientAuth
	gateway_certificate "$dir/user-ed25519" ed25519 "" "$dir/ca" "O=Godwit test, CN=carol" --san carol@godwit.test --flag clientAuth
}

# gateway_connection NAME HOST LOCAL REMOTE [SELECTORS] [MORE] [POOLS]
gateway_connection() {
	cat <<-CONF
		  $1 {
		    local_addrs = 198.51.100.$2, 2001:db8:2::$2
		    version = 2
		    pools = ${7-pool4, pool6}
		    send_cert = always
		    ${6:-}
		    local { $3 }
		    remote { $4 }
		    children { net { local_ts = ${5:-0.0.0.0/0, ::/0} } }
		  }
	CONF
}

gateway_swanctl() {
	local id='id = vpn.godwit.test'
	local rsa="auth = pubkey
 certs = gateway-rsa.crt
 $id" ecdsa="auth = pubkey
 certs = gateway-ecdsa.crt
 $id"
	local split='10.1.0.0/16, fd01::/64'
	local chap='auth = eap-mschapv2
 eap_id = %any'
	local key='auth = pubkey
 cacerts = ca.crt'
	echo 'connections {'
	gateway_connection mschapv2 10 "$rsa" "$chap"
	gateway_connection gtc 11 "$rsa" 'auth = eap-gtc
 eap_id = %any'
	gateway_connection md5 12 "$rsa" 'auth = eap-md5
 eap_id = %any'
	gateway_connection psk 13 "auth = psk
 $id" 'auth = psk
 id = psk@godwit.test'
	gateway_connection rsa 14 "$rsa" "$key"
	gateway_connection ecdsa 15 "$ecdsa" "$key"
	gateway_connection ed25519 16 "auth = pubkey
 certs = gateway-ed25519.crt
 $id" "$key"
	gateway_connection split 17 "$rsa" "$chap" "$split"
	gateway_connection fragments 18 "$rsa" "$chap" '' 'fragmentation = force'
	# Behind NAT the client's own address is what it has there, and libipsec can route it without cutting off IKE.
	gateway_connection nopool 19 "$rsa" "$chap" "$split" '' '' | sed 's|local_ts =|remote_ts = 192.0.2.0/24\n local_ts =|'
	gateway_connection modp1024 20 "$rsa" "$chap" '' 'proposals = aes128-sha1-modp1024'
	gateway_connection name 21 'auth = pubkey
 certs = gateway-name.crt
 id = vpn.godwit.test' "$chap"
	gateway_connection foreign 22 "auth = pubkey
 certs = gateway-foreign.crt
 $id" "$chap"
	gateway_connection v4only 23 "$rsa" "$chap" '0.0.0.0/0' '' 'pool4'
	gateway_connection chacha 24 "$ecdsa" "$chap" '' 'proposals = chacha20poly1305-prfsha512-ecp521' | sed 's|local_ts =|esp_proposals = chacha20poly1305\n local_ts =|'
	gateway_connection cbc 25 "$ecdsa" "$chap" '' 'proposals = aes256-sha384-modp3072' | sed 's|local_ts =|esp_proposals = aes256-sha384\n local_ts =|'
	gateway_connection pss 26 "auth = rsa/pss-sha384
 certs = gateway-rsa.crt
 $id" "$key"
	gateway_connection x25519 27 "$rsa" "$chap" '' 'proposals = aes256gcm16-prfsha384-x25519'
	gateway_connection selectors 28 "$rsa" "$chap" '172.31.0.0/16'
	# strongSwan takes any certificate with its name for TLS: this name has only one.
	local eap='auth = pubkey
 certs = gateway-eap.crt
 id = eap.godwit.test'
	gateway_connection tls 30 "$eap" 'auth = eap-tls
 eap_id = %any'
	gateway_connection ttls 31 "$eap" 'auth = eap-ttls
 eap_id = %any'
	gateway_connection radius 32 "$rsa" 'auth = eap-radius
 eap_id = %any'
	gateway_connection address 29 'auth = pubkey
 certs = gateway-rsa.crt
 id = 198.51.100.29' "$chap"
	# Renews the CHILD SA every 2 s and the IKE SA every 5 s; with and without a key exchange of the child's own.
	gateway_connection rekey 30 "$rsa" "$chap" "$split" 'rekey_time = 5s
 over_time = 30s' | sed 's|local_ts =|rekey_time = 2s\n life_time = 30s\n rand_time = 0\n esp_proposals = aes128gcm16-ecp256\n local_ts =|'
	gateway_connection nopfs 31 "$rsa" "$chap" "$split" 'rekey_time = 5s
 over_time = 30s' | sed 's|local_ts =|rekey_time = 2s\n life_time = 30s\n rand_time = 0\n local_ts =|'
	cat <<-CONF
		}
		pools {
		  pool4 {
		    addrs = 10.3.0.0/24
		    dns = 10.1.0.53
		    subnet = 10.1.0.0/16
		  }
		  pool6 {
		    addrs = fd03::/120
		    dns = fd01::53
		  }
		}
		secrets {
		  eap-carol {
		    id = carol
		    secret = "$gateway_password"
		  }
		  ike-psk {
		    id = psk@godwit.test
		    secret = "$gateway_psk"
		  }
		}
	CONF
}

gateway_strongswan_conf() {
	cat <<-CONF
		charon-systemd {
		  load_modular = no
		  load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey revocation constraints curve25519 chapoly gcm aes sha1 sha2 hmac md5 kdf gmp attr kernel-libipsec kernel-netlink socket-default vici eap-identity eap-md5 eap-mschapv2 eap-gtc eap-tls eap-ttls eap-radius xauth-generic updown
		  install_virtual_ip = no
		  # The tests log in far more often than people do.
		  init_limit_half_open = 0
		  block_threshold = 0
		  cookie_threshold = ${gateway_cookie_threshold:-0}
		  half_open_timeout = 10
		  signature_authentication = yes
		  port = 500
		  port_nat_t = 4500
		  filelog {
		    log {
		      path = $gateway_dir/charon.log
		      default = 1
		      flush_line = yes
		    }
		  }
		  journal {
		    default = -1
		  }
		  plugins {
		    eap-ttls {
		      phase2_method = md5
		    }
		    eap-radius {
		      servers {
		        one {
		          address = 127.0.0.1
		          auth_port = 1812
		          secret = between-gateway-and-radius
		          sockets = 4
		        }
		      }
		    }
		    vici {
		      socket = unix://$gateway_dir/vici
		    }
		    kernel-netlink {
		      fwmark = !0x42
		    }
		    socket-default {
		      fwmark = 0x42
		    }
		    eap-gtc {
		      backend = generic
		    }
		  }
		}
		swanctl {
		  load = pem pkcs1 pkcs8 x509 pubkey openssl random sha1 sha2 curve25519
		}
	CONF
}

# Starts the gateway and waits until it answers on its control socket.
gateway_up() {
	gateway_dir=$network_dir/gateway
	# swanctl complains about each folder of its that is not there.
	mkdir -p "$gateway_dir"/swanctl/{x509,x509ca,x509ocsp,x509aa,x509ac,x509crl,pubkey,private,rsa,ecdsa,bliss,pkcs8,pkcs12}
	gateway_certificates
	cp "$gateway_dir"/pki/gateway-*.crt "$gateway_dir/swanctl/x509/"
	cp "$gateway_dir"/pki/gateway-*.key "$gateway_dir/swanctl/private/"
	cp "$gateway_dir"/pki/ca.crt "$gateway_dir/swanctl/x509ca/"
	gateway_strongswan_conf >"$gateway_dir/strongswan.conf"
	gateway_swanctl >"$gateway_dir/swanctl/swanctl.conf"
	gateway_start
}

gateway_start() {
	network_daemon gateway "$gateway_dir/charon.out" env STRONGSWAN_CONF="$gateway_dir/strongswan.conf" /usr/sbin/charon-systemd
	gateway_pid=$network_daemon_pid
	local i
	for i in $(seq 100); do
		[ -S "$gateway_dir/vici" ] && break
		sleep 0.05
	done
	gateway_swanctl_run --load-all >"$gateway_dir/load.log" 2>&1 || {
		cat "$gateway_dir/load.log" "$gateway_dir/charon.out" >&2
		return 1
	}
}

gateway_swanctl_run() {
	network_in gateway env STRONGSWAN_CONF="$gateway_dir/strongswan.conf" SWANCTL_DIR="$gateway_dir/swanctl" \
		swanctl "$@" --uri "unix://$gateway_dir/vici"
}
