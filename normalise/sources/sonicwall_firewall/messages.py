"""SonicOS' numbered messages (`m`, in CEF the class) and what each means in ECS.

Source: SonicWall, "SonicOS Log Event Reference Guide" (5.8), "SonicOS 6.5.1 Log Events Reference Guide" and "SonicOS/X 7.0.1
Log Events Reference Guide", index of log events: number, group, priority, text. A number that none of them explains is not
here; nor is one that they explain differently (1008: `Agent returned no user name`, later a logout): there the text decides.
"""

from typing import NamedTuple


class Meaning(NamedTuple):
    """`event.category`, `.type`, `.outcome` (empty: the message does not say) and `.kind`."""

    categories: tuple[str, ...]
    types: tuple[str, ...]
    outcome: str = ""
    kind: str = "event"


def _network(*types: str, outcome: str = "success") -> Meaning:
    return Meaning(("network",), ("connection", *types), outcome)


def _alert(*types: str) -> Meaning:
    return Meaning(("network", "intrusion_detection"), ("info", *types), "success", "alert")


LOGIN = Meaning(("authentication",), ("start",), "success")
REFUSED = Meaning(("authentication",), ("start",), "failure")
LOGOUT = Meaning(("authentication",), ("end",), "success")
DROPPED = _network("denied")
PASSED = _network("allowed")
NOTED = _network("info", outcome="")
VPN_UP, VPN_DOWN, VPN_FAILED = _network("start"), _network("end"), _network("info", outcome="failure")
CHANGED = Meaning(("configuration",), ("change",), "success")
NOT_CHANGED = Meaning(("configuration",), ("change",), "failure")
ADDED = Meaning(("configuration",), ("creation",), "success")
REMOVED = Meaning(("configuration",), ("deletion",), "success")
WEB = Meaning(("network", "web"), ("connection", "info"))
WEB_PASSED = Meaning(("network", "web"), ("connection", "allowed"), "success")
WEB_DENIED = Meaning(("network", "web"), ("connection", "denied"), "success")
BLOCKED_ATTACK, PASSED_ATTACK, SEEN_ATTACK = _alert("denied"), _alert("allowed"), _alert()
MALWARE = Meaning(("malware", "network"), ("info",), "success", "alert")
FILE = Meaning(("file",), ("info",))
_ACCOUNT_ADDED = Meaning(("iam",), ("user", "creation"), "success")
_ACCOUNT_CHANGED = Meaning(("iam",), ("user", "change"), "success")
_ACCOUNT_REMOVED = Meaning(("iam",), ("user", "deletion"), "success")
_HOST, _HOST_FAILED = Meaning(("host",), ("info",)), Meaning(("host",), ("info",), "failure")
_HOST_CHANGED = Meaning(("host",), ("change",), "success")

_GROUPS: tuple[tuple[Meaning, str], ...] = (
    # logins: administrator (29, by CLI 199, from VPN 235, from WAN 236), user (31 inside, 237 VPN, 238 WAN, 1080 SSL
    # VPN), XAUTH, L2TP server, FTP
    (LOGIN, "29 31 139 199 235 236 237 238 318 319 1080 1114"),
    # the same refused: credentials, disabled interface, rights, guests, expired or weak passwords, lock-out, one-time
    # password, CLI from WAN
    (REFUSED, "30 32 33 34 35 140 141 200 246 311 312 344 486 549 557 583 759 986 987 1035 1048 1115 1117 1118 1119 1120 1121"),
    (REFUSED, "1122 1123 1243 1572 1585 1655 1672"),
    # … by RADIUS, LDAP and the SSO agent
    (REFUSED, "243 244 245 744 745 746 747 748 749 750 751 753 754 755 756 757 988 989 990 991"),
    (LOGOUT, "24 261 262 263 264 265 520 1124"),
    # administration sessions (configuration, read-only, non-config mode), guests' sessions
    (Meaning(("session",), ("start",), "success"), "994 996 997"),
    (Meaning(("session",), ("end",), "success"), "550 551 564 995 998"),
    # an address that may not log in any more; accounts locked, and unlocked again
    (Meaning(("authentication",), ("info",), "failure"), "329"),
    (_ACCOUNT_CHANGED, "438 439 1570 1571"),
    # guests' accounts, accounts that expire, users created, edited, deleted; passwords; the administrator's name
    (_ACCOUNT_ADDED, "558 1333"),
    (_ACCOUNT_CHANGED, "560 561 1157 1334 1337 1338 1627"),
    (_ACCOUNT_REMOVED, "559 562 1158 1335"),
    (Meaning(("iam",), ("admin", "change"), "success"), "328"),
    # access rules (440 to 443), VPN policies (1050 to 1052, 1343), NAT policies (1313 to 1315), content filter policies
    # (1599 to 1601)
    (ADDED, "440 1050 1313 1599"),
    (CHANGED, "441 443 1052 1314 1343 1600"),
    (REMOVED, "442 1051 1315 1601"),
    # VPN, WLAN and its filters switched, ports of the management, factory defaults, flood protection, clock, settings
    # imported, anti-spam, firmware, NDPP, certificates, rules of passwords and lock-out, log-in pages, any other change,
    # auditing (1382, 1674)
    (CHANGED, "340 341 506 507 508 509 510 511 512 513 574 856 857 858 862 863 881 1049 1084 1085 1269 1332 1336 1339 1340"),
    (CHANGED, "1341 1342 1382 1432 1674"),
    (NOT_CHANGED, "1268 1383"),
    (Meaning(("configuration",), ("access",), "success"), "1494"),  # settings exported
    (REMOVED, "5"),  # log cleared
    # connections
    (_network("allowed", "start"), "98"),
    (_network("allowed", "end"), "537"),
    (PASSED, "526 597 598 602 1255 1256"),  # 526: web management
    # 1153: SSL VPN traffic, 1197: NAT mapping, 1574: a file's name
    (NOTED, "45 63 182 188 734 735 815 869 1153 1197 1431 1458 1574"),
    # packets and connections dropped by policy or engine
    (DROPPED, "28 36 37 38 39 40 41 42 46 48 51 58 173 174 175 181 339 347 428 437 488 495 522 523 524 532 533 534 535 536"),
    (DROPPED, "590 646 647 652 653 662 683 684 685 686 690 691 694 695 708 709 710 711 712 713 714 724 732 739 760 797 798"),
    (DROPPED, "812 836 883 884 885 886 887 888 889 890 891 892 893 894 895 896 897 910 1029 1030 1031 1233 1253 1254 1257"),
    (DROPPED, "1301 1302 1303 1304 1384 1385 1429 1433 1436 1448 1449 1473 1573 1576 1628 1629"),
    (DROPPED, "1198 1199 1474 1475"),  # by country, also of a list of our own
    # content filter (14, 16, 1461), ActiveX, Java, proxies; visited pages (97); SSL control
    (WEB_DENIED, "14 18 19 20 60"),
    (WEB_PASSED, "16 97"),
    (WEB, "999 1000 1001 1002 1003 1004 1005 1006 1007 1081 1461"),
    (Meaning(("email",), ("info",)), "165 248"),  # forbidden attachments
    # application control, application rules: a policy's match is no attack
    (PASSED, "1154"),
    (DROPPED, "1155"),
    (NOTED, "793"),
    # intrusion prevention (608, 609; 789, 790), anti-spyware (794 prevention, 795 detection)
    (PASSED_ATTACK, "608 789 795"),
    (BLOCKED_ATTACK, "609 790 794"),
    # botnet filter: initiator and responder, also of custom and dynamic lists
    (BLOCKED_ATTACK, "1200 1201 1476 1477 1518 1519"),
    # ping of death, spoofing, land, smurf, Xmas tree, spank, SYN/FIN, FTP bounces, DNS rebinding, fragments, teardrop, null
    # flag; flooders put on the list
    (BLOCKED_ATTACK, "22 23 27 81 229 267 446 527 528 538 580 606 864 898 901 1099 1366 1373 1374 1375 1376 1387"),
    # scans, floods, rogue access points, radio threats, ARP, DNS rebinding and tunnels, half-open connections, an
    # external IDS
    (SEEN_ATTACK, "25 82 83 177 178 179 546 548 859 860 879 904 905 1098 1180 1213 1214 1316 1363 1369 1450 1451 1452 1471"),
    (SEEN_ATTACK, "1593"),
    (NOTED, "861 865 866 867 868 899 900 902 903 906 907 908 909 1181 1182 1367 1368 1370 1371"),  # floods go on and cease
    (MALWARE, "809"),
    (FILE, "1459 1460 1631"),  # Capture ATP; 1631 brings its verdict
    # IPsec: negotiated, taken down, steps, failures (proposal, key, identity, hash, decryption, peer silent)
    (VPN_UP, "62 89 308 309 310 978"),
    (VPN_DOWN, "91 92 315 316 317 334 335 336 337 412 413 947 948 949 950"),
    (NOTED, "87 90 239 240 241 242 346 349 350 351 352 353 354 355 356 357 358 371 372 373 427 445 938 939 940 941 942 943"),
    (NOTED, "944 945 946 973 974 975 976 977 984 985 1012 1013 1014 1015 1016"),
    (VPN_FAILED, "65 66 67 68 69 70 88 180 249 250 251 252 253 254 255 256 257 258 259 260 342 345 401 402 403 404 405 407"),
    (VPN_FAILED, "409 410 411 414 416 418 483 494 505 516 529 544 545 648 658 661 913 914 915 916 917 918 919 920 921 922 923"),
    (VPN_FAILED, "924 925 926 927 928 929 930 931 932 933 934 935 936 937 951 952 953 954 955 956 957 958 959 960 962 964 966"),
    (VPN_FAILED, "967 968 969 970 971 972 980 981 983 1036 1388"),
    # the firewall's own login at a provider: no user's
    (VPN_FAILED, "136 137 167 212 290 291 292 386 394 395 397"),
    # high availability: roles change, peers found and synchronised; heartbeats missed, errors, restarts of a pair
    (_HOST_CHANGED, "144 145 146 147 152 153 154 170 218 219 220 221"),
    (_HOST, "156 157 668 671 672 673 1044 1057 1058 1059 1444"),
    (_HOST_FAILED, "148 149 150 151 155 158 160 161 162 163 191 192 669 670"),
    # activated, initialising, up and down, restarts; diagnostic codes, fan, voltage, heat, full tables, links
    (Meaning(("host",), ("start",), "success"), "4 521 1392"),
    (Meaning(("host",), ("end",), "success"), "1393"),
    (_HOST, "1046 1047 1107 1443 1495 1496"),
    (_HOST_FAILED, "53 61 64 93 94 95 164 575 576 577 578 579 599 600 601 1025"),
    (_HOST, "138 332 333 565 566 674 675 706 707"),
    # backups to the cloud
    (Meaning(("host",), ("info",), "success"), "1511 1513 1515"),
    (_HOST_FAILED, "1512 1514 1516"),
    # subscriptions and agents of other services, whose texts speak of viruses and intrusions
    (_HOST, "123 124 125 159 408 482 489 490 491 492 614 796 810 1034 1149 1159 1195 1381 1462 1559 1560 1561 1562 1564"),
)  # fmt: skip

KNOWN: dict[str, Meaning] = {number: meaning for meaning, numbers in _GROUPS for number in numbers.split()}

# legacy categories `c` (7.0.1, "Legacy Categories") that leave no doubt: dropped TCP, UDP and ICMP, also from the LAN;
# connection opened, closed; VPN tunnel status; blocked Java; and blocked sites, where allowed ones are too
BY_CATEGORY: dict[str, Meaning] = {
    **dict.fromkeys(("64", "128", "256", "2048", "4096", "8192"), DROPPED),
    **dict.fromkeys(("1024", "65536", "262144"), NOTED),
    "8": WEB_DENIED,
    "4": WEB,
}
