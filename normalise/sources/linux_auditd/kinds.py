"""What record types mean: action, ECS category and types (linux/audit.h, audit-records.h; actions as Elastic names them)."""

from typing import NamedTuple


class Meaning(NamedTuple):
    """`category` may be empty: the record says nothing that ECS has a word for."""

    action: str
    category: tuple[str, ...]
    types: tuple[str, ...]


def meanings(table: str) -> dict[str, Meaning]:
    """Lines `NAME,NAME… action category,… type,…` (`-` for none) to meanings by name."""
    found: dict[str, Meaning] = {}
    for line in table.strip().splitlines():
        names, action, category, types = line.split()
        parts = [() if part == "-" else tuple(part.split(",")) for part in (category, types)]
        found.update(dict.fromkeys(names.split(","), Meaning(action, parts[0], parts[1])))
    return found


KINDS = meanings("""
SYSTEM_BOOT                     booted-system                    host                     start
SYSTEM_SHUTDOWN                 shutdown-system                  host                     end
SYSTEM_RUNLEVEL                 changed-to-runlevel              host                     change
SERVICE_START                   started-service                  process                  start
SERVICE_STOP                    stopped-service                  process                  end
USER_CMD                        ran-command                      process                  start
USER_AUTH                       authenticated                    authentication           info
USER_ACCT                       was-authorized                   authentication           info
USER_LOGIN                      logged-in                        authentication           start
USER_LOGOUT                     logged-out                       authentication           end
USER_ERR                        caused-account-error             authentication           info
LOGIN                           changed-login-id-to              authentication           start
CRED_ACQ                        acquired-credentials             authentication           info
CRED_DISP                       disposed-credentials             authentication           info
CRED_REFR                       refreshed-credentials            authentication           info
USER_START                      started-session                  session                  start
USER_END                        ended-session                    session                  end
USER_TTY,TTY                    typed                            process                  info
CHGRP_ID                        changed-group                    process                  change
CHUSER_ID                       changed-user-id                  process                  change
ADD_USER                        added-user-account               iam                      user,creation
DEL_USER                        deleted-user-account             iam                      user,deletion
USER_MGMT                       modified-user-account            iam                      user,change
USER_CHAUTHTOK                  changed-password                 iam                      user,change
ACCT_LOCK                       locked-account                   iam                      user,change
ACCT_UNLOCK                     unlocked-account                 iam                      user,change
ADD_GROUP                       added-group-account-to           iam                      group,creation
DEL_GROUP                       deleted-group-account-from       iam                      group,deletion
GRP_MGMT                        modified-group-account           iam                      group,change
GRP_CHAUTHTOK                   changed-group-password           iam                      group,change
GRP_AUTH                        authenticated-to-group           authentication           info
ROLE_ASSIGN                     assigned-user-role-to            iam                      admin,change
ROLE_REMOVE                     removed-user-role-from           iam                      admin,change
ROLE_MODIFY                     modified-role                    iam                      admin,change
USER_ROLE_CHANGE                changed-role-to                  session                  info
USER_MAC_POLICY_LOAD            loaded-mac-policy                configuration            change
USER_MAC_CONFIG_CHANGE          changed-mac-configuration        configuration            change
CONFIG_CHANGE                   changed-audit-configuration      configuration            change
FEATURE_CHANGE                  changed-audit-feature            configuration            change
USYS_CONFIG                     changed-configuration            configuration            change
DAEMON_START                    started-audit                    process                  start
DAEMON_END                      shutdown-audit                   process                  end
DAEMON_ABORT                    aborted-auditd-startup           process                  end
DAEMON_CONFIG                   changed-auditd-configuration     configuration            change
DAEMON_ROTATE                   rotated-audit-logs               process                  info
DAEMON_RESUME                   resumed-audit-logging            process                  info
DAEMON_RECONFIG                 reconfigured-auditd              configuration            change
DAEMON_ACCEPT                   remote-audit-connected           network                  connection,start
DAEMON_CLOSE                    remote-audit-disconnected        network                  connection,end
DAEMON_ERR                      caused-audit-error               process                  info
NETFILTER_CFG                   loaded-firewall-rule-to          configuration            change
NETFILTER_PKT                   saw-packet                       network                  info
KERN_MODULE                     loaded-kernel-module             driver                   start
BPF                             changed-bpf-program              process                  info
FANOTIFY                        decided-file-access              file                     access
SOFTWARE_UPDATE                 package-updated                  package                  info
FS_RELABEL                      relabeled-filesystem             configuration            change
DEV_ALLOC                       allocated-device                 host                     info
DEV_DEALLOC                     deallocated-device               host                     info
LABEL_OVERRIDE                  overrode-label-of                configuration            change
LABEL_LEVEL_CHANGE              modified-level-of                configuration            change
TIME_INJOFFSET,TIME_ADJNTPVAL   changed-system-time              host                     change
AVC                             violated-selinux-policy          intrusion_detection      denied
USER_AVC                        violated-selinux-policy          intrusion_detection      denied
USER_SELINUX_ERR                caused-mac-policy-error          intrusion_detection      info
SELINUX_ERR                     caused-mac-policy-error          intrusion_detection      info
SECCOMP                         violated-seccomp-policy          intrusion_detection      denied
MAC_POLICY_LOAD                 loaded-selinux-policy            configuration            change
MAC_STATUS                      changed-selinux-enforcement      configuration            change
MAC_CONFIG_CHANGE               changed-selinux-boolean          configuration            change
ANOM_PROMISCUOUS                changed-promiscuous-mode-on-device intrusion_detection    info
ANOM_ABEND                      crashed-program                  process                  end
ANOM_EXEC                       attempted-execution-of-forbidden-program intrusion_detection info
ANOM_LINK                       used-suspicious-link             intrusion_detection      info
ANOM_CREAT                      created-suspicious-file          intrusion_detection      info
ANOM_MK_EXEC                    made-executable                  intrusion_detection      info
ANOM_ACCESS_FS                  accessed-forbidden-file          intrusion_detection      info
ANOM_ADD_ACCT                   attempted-to-add-account         intrusion_detection      info
ANOM_DEL_ACCT                   attempted-to-delete-account      intrusion_detection      info
ANOM_MOD_ACCT                   attempted-to-change-account      intrusion_detection      info
ANOM_ROOT_TRANS                 became-root                      intrusion_detection      info
ANOM_LOGIN_ACCT                 attempted-log-in-to-watched-account intrusion_detection   info
ANOM_LOGIN_FAILURES             failed-log-in-too-many-times-to  intrusion_detection      info
ANOM_LOGIN_LOCATION             attempted-log-in-from-unusual-place-to intrusion_detection info
ANOM_LOGIN_SERVICE              attempted-log-in-by-watched-service intrusion_detection   info
ANOM_LOGIN_SESSIONS             opened-too-many-sessions-to      intrusion_detection      info
ANOM_LOGIN_TIME                 attempted-log-in-during-unusual-hour-to intrusion_detection info
ANOM_AMTU_FAIL                  failed-machine-test              intrusion_detection      info
ANOM_MAX_DAC                    reached-limit-of-dac-failures    intrusion_detection      info
ANOM_MAX_MAC                    reached-limit-of-mac-failures    intrusion_detection      info
ANOM_RBAC_FAIL                  failed-rbac-test                 intrusion_detection      info
ANOM_RBAC_INTEGRITY_FAIL        failed-rbac-integrity-test       intrusion_detection      info
ANOM_CRYPTO_FAIL                failed-crypto-test               intrusion_detection      info
RESP_ALERT,RESP_ANOMALY         notified-of-anomaly              intrusion_detection      info
RESP_EXEC                       executed-response                intrusion_detection      info
RESP_SINGLE,RESP_HALT           stopped-system-in-response       intrusion_detection      info
RESP_KILL_PROC,RESP_TERM_ACCESS,RESP_TERM_LOCK ended-access-in-response intrusion_detection info
RESP_ACCT_LOCK,RESP_ACCT_LOCK_TIMED,RESP_ORIGIN_BLOCK,RESP_ORIGIN_BLOCK_TIMED blocked-in-response intrusion_detection denied
RESP_ACCT_UNLOCK_TIMED,RESP_ORIGIN_UNBLOCK_TIMED unblocked-in-response intrusion_detection info
CRYPTO_KEY_USER                 negotiated-crypto-key            process                  info
CRYPTO_SESSION                  started-crypto-session           process                  info
CRYPTO_LOGIN                    crypto-officer-logged-in         authentication           start
CRYPTO_LOGOUT                   crypto-officer-logged-out        authentication           end
CRYPTO_FAILURE_USER             failed-crypto-operation          intrusion_detection      info
CRYPTO_REPLAY_USER              detected-replay-attack           intrusion_detection      info
CRYPTO_TEST_USER                tested-crypto                    process                  info
CRYPTO_PARAM_CHANGE_USER        changed-crypto-parameter         configuration            change
CRYPTO_IKE_SA,CRYPTO_IPSEC_SA   negotiated-security-association  network                  info
VIRT_CONTROL                    issued-vm-control                host                     change
VIRT_CREATE                     created-vm                       host                     change
VIRT_DESTROY                    destroyed-vm                     host                     change
VIRT_RESOURCE                   assigned-vm-resource             host                     change
VIRT_MACHINE_ID                 assigned-vm-id                   host                     change
VIRT_MIGRATE_IN,VIRT_MIGRATE_OUT migrated-vm                     host                     change
VIRT_INTEGRITY_CHECK            checked-integrity-of-vm          host                     info
INTEGRITY_DATA,INTEGRITY_METADATA,INTEGRITY_HASH found-integrity-fault   intrusion_detection      info
INTEGRITY_PCR,INTEGRITY_EVM_XATTR found-integrity-fault          intrusion_detection      info
INTEGRITY_RULE,INTEGRITY_POLICY_RULE loaded-integrity-rule       configuration            change
INTEGRITY_STATUS                changed-integrity-status         configuration            change
TRUSTED_APP                     sent-application-message         process                  info
TEST                            sent-test                        process                  info
""")

# records that only add to another of the same event: they do not say what happened where one is there that does
ADDED = frozenset(
    "SYSCALL PATH CWD EXECVE PROCTITLE SOCKADDR SOCKETCALL EOE FD_PAIR MMAP OBJ_PID BPRM_FCAPS CAPSET IPC IPC_SET_PERM"
    " MQ_OPEN MQ_SENDRECV MQ_NOTIFY MQ_GETSETATTR AVC_PATH KERNEL_OTHER OPENAT2 URINGOP CONTAINER_INFO CONTAINER_ID"
    " PARENT_INFO".split()
)
