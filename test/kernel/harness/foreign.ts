/** What Docker and kube-proxy keep in nat, with remarks and names that look like ours. */
export const foreign = `*nat
:DOCKER - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-APISIX - [0:0]
:KUBE-SEP-ONE - [0:0]
:KUBE-SEP-TWO - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-POSTROUTING - [0:0]
:APISIX_REDIRECT_V2 - [0:0]
:APISIX_EMPTY - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT -m comment --comment "before -j APISIX_REDIRECT, \\"-A OUTPUT -p tcp -j APISIX_OUTPUT\\"" -j KUBE-SERVICES
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT -p tcp -m tcp --dport 5432 -j RETURN
-A OUTPUT -m owner --gid-owner 999 -j RETURN
-A OUTPUT -p tcp -m tcp --dport 8081 -j APISIX_REDIRECT_V2
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m comment --comment "apisix/gateway:APISIX_INBOUND" -m tcp --dport 80 -j KUBE-SVC-APISIX
-A KUBE-SVC-APISIX -m comment --comment ":APISIX_INBOUND - [0:0]" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-ONE
-A KUBE-SVC-APISIX -m comment --comment "apisix/gateway:APISIX_INBOUND" -j KUBE-SEP-TWO
-A KUBE-SEP-ONE -s 10.244.0.5/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-ONE -p tcp -m tcp -j DNAT --to-destination 10.244.0.5:9080
-A KUBE-SEP-TWO -p tcp -m tcp -j DNAT --to-destination 10.244.0.6:9080
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -j MASQUERADE --random-fully
-A APISIX_REDIRECT_V2 -p tcp -j REDIRECT --to-ports 9090
COMMIT
`

/** What others add once a sidecar is set up: behind its rules, and between them. */
export const foreignLater = `*nat
-I PREROUTING 1 -p tcp -m tcp --dport 9999 -j ACCEPT
-A PREROUTING -p tcp -m tcp --dport 9998 -m comment --comment APISIX_INBOUND -j ACCEPT
-A OUTPUT -d 10.0.0.0/8 -m comment --comment "it's after -g APISIX_OUTPUT" -j KUBE-SERVICES
-A OUTPUT -p tcp -m tcp --dport 6379 -j RETURN
-A OUTPUT -m owner --gid-owner 20 -j RETURN
COMMIT
`
