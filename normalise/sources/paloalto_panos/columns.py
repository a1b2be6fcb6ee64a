"""The columns of each log type in their order, by the vendor's variable names (PAN-OS Administrator's Guide, "Syslog Field
Descriptions", 9.1 to 12.1). Newer versions add columns at the end only, so one list serves all; `_` is "FUTURE_USE".
"""


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_HEAD = "_ receive_time serial type subtype config_ver time_generated "
_GROUPS = "dg_hier_level_1 dg_hier_level_2 dg_hier_level_3 dg_hier_level_4 vsys_name device_name "
_SESSION = (
    _HEAD + "src dst natsrc natdst rule srcuser dstuser app vsys from to inbound_if outbound_if logset time_received sessionid "
    "repeatcnt sport dport natsport natdport flags proto action "
)
_DEVICES = (
    "src_category src_profile src_model src_vendor src_osfamily src_osversion src_host src_mac "
    "dst_category dst_profile dst_model dst_vendor dst_osfamily dst_osversion dst_host dst_mac "
)
_CONTAINER = "container_id pod_namespace pod_name src_edl dst_edl "
_APPLICATION = (
    "subcategory_of_app category_of_app technology_of_app risk_of_app characteristic_of_app container_of_app tunneled_app "
    "is_saas_of_app sanctioned_state_of_app "
)

COLUMNS: dict[str, tuple[str, ...]] = {
    "TRAFFIC": _names(
        _SESSION + "bytes bytes_sent bytes_received packets start elapsed category _ seqno actionflags srcloc dstloc _ "
        "pkts_sent pkts_received session_end_reason " + _GROUPS + "action_source src_uuid dst_uuid tunnelid monitortag "
        "parent_session_id parent_start_time tunnel assoc_id chunks chunks_sent chunks_received rule_uuid http2_connection "
        "link_change_count policy_id link_switches sdwan_cluster sdwan_device_type sdwan_cluster_type sdwan_site "
        "dynusergroup_name xff_ip " + _DEVICES + _CONTAINER + "hostid serialnumber src_dag dst_dag session_owner "
        "high_res_timestamp nssai_sst nssai_sd " + _APPLICATION + "offloaded flow_type cluster_name"
    ),
    "THREAT": _names(
        _SESSION + "misc threatid category severity direction seqno actionflags srcloc dstloc _ contenttype pcap_id filedigest "
        "cloud url_idx user_agent filetype xff referer sender subject recipient reportid " + _GROUPS + "_ src_uuid dst_uuid "
        "http_method tunnelid monitortag parent_session_id parent_start_time tunnel thr_category contentver _ assoc_id ppid "
        "http_headers url_category_list rule_uuid http2_connection dynusergroup_name xff_ip " + _DEVICES + _CONTAINER
        + "hostid serialnumber domain_edl src_dag dst_dag partial_hash high_res_timestamp reason justification nssai_sst "
        + _APPLICATION + "cloud_reportid cluster_name flow_type"
    ),
    "DECRYPTION": _names(
        _SESSION + "tunnel _ _ src_uuid dst_uuid rule_uuid hs_stage_c2f hs_stage_f2s tls_version tls_keyxchg tls_enc "
        "tls_auth policy_name ec_curve err_index root_status chain_status proxy_type cert_serial fingerprint notbefore "
        "notafter cert_ver cert_size cn_len issuer_len rootcn_len sni_len cert_flags cn issuer_cn root_cn sni error "
        + _CONTAINER + "src_dag dst_dag high_res_timestamp " + _DEVICES + "seqno actionflags " + _GROUPS
        + "vsys_id " + _APPLICATION + "cluster_name"
    ),
    "TUNNEL": _names(
        _SESSION + "severity seqno actionflags srcloc dstloc " + _GROUPS + "tunnelid monitortag parent_session_id "
        "parent_start_time tunnel bytes bytes_sent bytes_received packets pkts_sent pkts_received max_encap unknown_proto "
        "strict_check tunnel_fragment sessions_created sessions_closed session_end_reason action_source start elapsed "
        "tunnel_insp_rule remote_user_ip remote_user_id rule_uuid pcap_id dynusergroup_name src_edl dst_edl high_res_timestamp "
        "nssai_sd nssai_sst pdu_session_id " + _APPLICATION
    ),
    "CONFIG": _names(
        _HEAD + "host vsys cmd admin client result path seqno actionflags " + _GROUPS + "dg_id comment _ high_res_timestamp"
    ),
    "SYSTEM": _names(
        _HEAD + "vsys eventid object _ _ module severity opaque seqno actionflags " + _GROUPS + "_ _ high_res_timestamp"
    ),
    "GLOBALPROTECT": _names(
        _HEAD + "vsys eventid stage auth_method tunnel_type srcuser srcregion machinename public_ip public_ipv6 private_ip "
        "private_ipv6 hostid serialnumber client_ver client_os client_os_ver repeatcnt reason error opaque status location "
        "login_duration connect_method error_code portal seqno actionflags high_res_timestamp selection_type response_time "
        "priority attempted_gateways gateway " + _GROUPS + "vsys_id cluster_name"
    ),
    "USERID": _names(
        _HEAD + "vsys ip user datasourcename eventid repeatcnt timeout beginport endport datasource datasourcetype seqno "
        "actionflags " + _GROUPS + "vsys_id factortype factorcompletiontime factorno ugflags userbysource tag_name "
        "high_res_timestamp origindatasource _ cluster_name"
    ),
    "HIPMATCH": _names(
        _HEAD + "srcuser vsys machinename os src matchname repeatcnt matchtype _ _ seqno actionflags " + _GROUPS
        + "vsys_id srcipv6 hostid serialnumber mac high_res_timestamp cluster_name"
    ),
    "AUTHENTICATION": _names(
        _HEAD + "vsys ip user normalize_user object authpolicy repeatcnt authid vendor logset serverprofile desc clienttype "
        "event factorno seqno actionflags " + _GROUPS + "vsys_id authproto rule_uuid high_res_timestamp src_category "
        "src_profile src_model src_vendor src_osfamily src_osversion src_host src_mac region _ user_agent sessionid "
        "cluster_name"
    ),
    "IPTAG": _names(
        _HEAD + "vsys ip tag_name event_id repeatcnt timeout datasourcename datasourcetype datasource_subtype seqno "
        "actionflags " + _GROUPS + "vsys_id high_res_timestamp cluster_name"
    ),
    "CORRELATION": _names(_HEAD + "src srcuser vsys category severity " + _GROUPS + "vsys_id objectname object_id evidence"),
    "AUDIT": _names("serial time_generated type config_ver eventid object cmd result"),
}  # fmt: skip
COLUMNS["HIP-MATCH"] = COLUMNS["HIPMATCH"]
_WITH_CHANGES = (*COLUMNS["CONFIG"][:14], "before_change_detail", "after_change_detail", *COLUMNS["CONFIG"][14:])
_FLAGS_AT = 15  # `actionflags` of CONFIG, unless the custom format adds two columns before it


def columns_of(kind: str, fields: list[str]) -> tuple[str, ...]:
    """The names of a log's columns; of a type that is not known the seven that all types begin with."""
    if kind == "CONFIG" and len(fields) > _FLAGS_AT + 2 and "0x" not in fields[_FLAGS_AT] and "0x" in fields[_FLAGS_AT + 2]:
        return _WITH_CHANGES
    return COLUMNS.get(kind) or COLUMNS["TRAFFIC"][:7]
