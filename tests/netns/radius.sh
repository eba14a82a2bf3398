# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# FreeRADIUS on the loopback of the namespace "gateway", which strongSwan asks at 198.51.100.32. Nothing of /etc/freeradius is
# read: its whole configuration is written here. Its certificate is for radius.godwit.test, of the CA of the gateway.
#
# Users: carol (password as at the gateway) by TTLS with PAP, MSCHAPv2, EAP-MSCHAPv2, EAP-GTC, EAP-MD5, by PEAP with
# EAP-MSCHAPv2 or GTC, by EAP-TLS as carol@godwit.test; erin has a token instead of a password (radius_gtc is its question).

# radius_again: with what radius_tls, radius_gtc say now
radius_again() {
	kill "$radius_pid"
	network_end "$radius_pid"
	radius_configuration >"$radius_dir/radiusd.conf"
	radius_start
}

radius_up() {
	radius_dir=$network_dir/radius
	mkdir -p "$radius_dir"/{run,log}
	gateway_certificate "$gateway_dir/pki/radius" ecdsa 256 "$gateway_dir/pki/ca" 'O=Godwit test, CN=radius' --flag serverAuth \
		--san radius.godwit.test
	cat "$gateway_dir/pki/radius.crt" "$gateway_dir/pki/radius.key" >"$radius_dir/server.pem"
	radius_configuration >"$radius_dir/radiusd.conf"
	radius_users >"$radius_dir/users"
	chmod 600 "$radius_dir/server.pem"
	radius_start
}

radius_start() {
	# What the last one said must not be taken for its own.
	rm -f "$radius_dir/radius.log"
	network_daemon gateway "$radius_dir/radius.log" freeradius -d "$radius_dir" -n radiusd -f -x -x -l stdout
	radius_pid=$network_daemon_pid
	local i
	for i in $(seq 100); do
		grep -qs 'Ready to process requests' "$radius_dir/radius.log" && return 0
		kill -0 "$radius_pid" 2>/dev/null || break
		sleep 0.05
	done
	tail -n 20 "$radius_dir/radius.log" >&2
	return 1
}

radius_users() {
	cat <<-USERS
		carol	Cleartext-Password := '$gateway_password'
		carol@godwit.test	Cleartext-Password := '$gateway_password'
		erin	Cleartext-Password := '135791'
	USERS
}

radius_configuration() {
	cat <<-CONF
		prefix = /usr
		exec_prefix = /usr
		sysconfdir = $radius_dir
		localstatedir = $radius_dir
		sbindir = /usr/sbin
		logdir = $radius_dir/log
		raddbdir = $radius_dir
		radacctdir = $radius_dir/log
		name = radiusd
		confdir = $radius_dir
		modconfdir = $radius_dir
		certdir = $radius_dir
		cadir = $radius_dir
		run_dir = $radius_dir/run
		db_dir = $radius_dir
		libdir = /usr/lib/freeradius
		pidfile = $radius_dir/run/radiusd.pid
		max_request_time = 30
		cleanup_delay = 5
		max_requests = 1024
		hostname_lookups = no
		log {
		  destination = stdout
		  auth = yes
		}
		security {
		  max_attributes = 200
		  reject_delay = 0
		  status_server = no
		}
		thread pool {
		  start_servers = 1
		  max_servers = 2
		  min_spare_servers = 1
		  max_spare_servers = 1
		  max_requests_per_server = 0
		}
		client gateway {
		  ipaddr = 127.0.0.1
		  secret = between-gateway-and-radius
		  require_message_authenticator = no
		}
		modules {
		  pap {
		  }
		  mschap {
		    use_mppe = yes
		    require_encryption = no
		    require_strong = no
		  }
		  files {
		    usersfile = $radius_dir/users
		  }
		  eap {
		    default_eap_type = ${radius_eap:-ttls}
		    timer_expire = 60
		    max_sessions = 256
		    md5 {
		    }
		    gtc {
		      challenge = "${radius_gtc:-Password: }"
		      auth_type = PAP
		    }
		    mschapv2 {
		    }
		    tls-config one {
		      private_key_file = $radius_dir/server.pem
		      certificate_file = $radius_dir/server.pem
		      ca_file = $gateway_dir/pki/ca.crt
		      fragment_size = 1000
		      include_length = yes
		      tls_min_version = "${radius_tls:-1.2}"
		      tls_max_version = "${radius_tls:-1.2}"
		      cipher_list = "DEFAULT"
		      ecdh_curve = "prime256v1"
		    }
		    tls {
		      tls = one
		    }
		    ttls {
		      tls = one
		      default_eap_type = md5
		      copy_request_to_tunnel = no
		      use_tunneled_reply = no
		      virtual_server = inside
		    }
		    peap {
		      tls = one
		      default_eap_type = ${radius_peap:-mschapv2}
		      copy_request_to_tunnel = no
		      use_tunneled_reply = no
		      virtual_server = inside
		    }
		  }
		}
		server outside {
		  listen {
		    type = auth
		    ipaddr = 127.0.0.1
		    port = 1812
		  }
		  authorize {
		    files
		    eap {
		      ok = return
		    }
		  }
		  authenticate {
		    Auth-Type PAP {
		      pap
		    }
		    Auth-Type MS-CHAP {
		      mschap
		    }
		    eap
		  }
		}
		server inside {
		  authorize {
		    files
		    mschap
		    eap {
		      ok = return
		    }
		    pap
		  }
		  authenticate {
		    Auth-Type PAP {
		      pap
		    }
		    Auth-Type MS-CHAP {
		      mschap
		    }
		    eap
		  }
		}
	CONF
}
