"""What system calls mean: action, ECS category and types; and the flags of open(2), which tell a read from a write."""

from normalise.sources.linux_auditd.kinds import Meaning, meanings

SYSCALLS = meanings("""
execve,execveat                 executed                         process                  start
fork,vfork,clone,clone3         spawned                          process                  info
exit,exit_group                 exited                           process                  end
kill,tkill,tgkill,pidfd_send_signal killed-pid                   process                  change
ptrace                          traced                           process                  access
process_vm_readv                read-memory-of                   process                  access
process_vm_writev               wrote-memory-of                  process                  change
setuid,setuid32,seteuid,setreuid,setreuid32,setresuid,setresuid32,setfsuid,setfsuid32 changed-identity-of process change
setgid,setgid32,setegid,setregid,setregid32,setresgid,setresgid32 changed-identity-of process  change
setfsgid,setfsgid32,setgroups   changed-identity-of              process                  change
capset,prctl,personality,seccomp,unshare,setns,pivot_root,chroot changed-process          process                  change
bpf                             used-bpf                         process                  info
memfd_create,memfd_secret       created-memory-file              process                  info
open,openat,openat2,open_by_handle_at opened-file                file                     access
creat                           created-file                     file                     creation
mkdir,mkdirat                   created-directory                file                     creation
mknod,mknodat                   created-special-file             file                     creation
link,linkat                     linked                           file                     creation
symlink,symlinkat               symlinked                        file                     creation
unlink,unlinkat,rmdir           deleted                          file                     deletion
rename,renameat,renameat2       renamed                          file                     change
truncate,ftruncate,fallocate,write,pwrite64,writev,pwritev,sendfile,copy_file_range wrote-to-file file change
read,pread64,readv,preadv,getdents,getdents64 read-file          file                     access
chmod,fchmod,fchmodat,fchmodat2 changed-file-permissions-of      file                     change
chown,lchown,fchown,fchownat    changed-file-ownership-of        file                     change
utime,utimes,futimesat,utimensat changed-timestamp-of            file                     change
setxattr,lsetxattr,fsetxattr,setxattrat changed-file-attributes-of file               change
removexattr,lremovexattr,fremovexattr,removexattrat changed-file-attributes-of file   change
stat,lstat,fstat,newfstatat,statx,access,faccessat,faccessat2 checked-metadata-of file         info
readlink,readlinkat,getxattr,lgetxattr,listxattr checked-metadata-of file            info
chdir,fchdir                    changed-directory                file                     access
mount,move_mount,fsmount        mounted                          configuration            change
umount,umount2                  unmounted                        configuration            change
swapon,swapoff                  changed-swap                     configuration            change
connect                         connected-to                     network                  connection,start
accept,accept4                  accepted-connection-from         network                  connection,start
bind                            bound-socket                     network                  info
listen                          listened-on                      network                  info
sendto,sendmsg,sendmmsg         sent-to                          network                  info
recvfrom,recvmsg,recvmmsg       received-from                    network                  info
socket,socketpair               created-socket                   network                  info
init_module,finit_module,create_module loaded-kernel-module      driver                   start
delete_module                   unloaded-kernel-module           driver                   end
kexec_load,kexec_file_load      loaded-kernel                    driver                   start
settimeofday,clock_settime,clock_adjtime,adjtimex,stime changed-system-time host          change
sethostname,setdomainname       changed-system-name              configuration            change
reboot                          rebooted                         host                     change
""")
_WRITES = 3  # O_ACCMODE: 1 and 2 write
_TRUNCATES = 0o1000
_FLAGS_AT = {"open": "a1", "openat": "a2"}
_CREATION = Meaning("created-file", ("file",), ("creation",))
_CHANGE = Meaning("opened-file", ("file",), ("change",))


def opened(syscall: str, data: dict[str, str], created: bool) -> Meaning:
    """What an `open` did: `created` says that a PATH record has a new file. Without flags it is an access."""
    if created:
        return _CREATION
    try:
        flags = int(data.get(_FLAGS_AT.get(syscall, ""), ""), 16)
    except ValueError:
        return SYSCALLS[syscall]
    return _CHANGE if flags & (_WRITES | _TRUNCATES) else SYSCALLS[syscall]
