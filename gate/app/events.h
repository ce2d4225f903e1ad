/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/tx.h"

/* What was odd about a conversation: EVENT(enum suffix, name in rules).  Names are those of
 * Suricata's app-layer-event keyword; only events that a parser here raises are listed. */
#define APP_EVENTS(X)                                                                  \
	X(DNS_MALFORMED_DATA, "dns.malformed_data")                                    \
	X(DNS_NOT_REQUEST, "dns.not_request")                                          \
	X(DNS_NOT_RESPONSE, "dns.not_response")                                        \
	X(DNS_Z_FLAG_SET, "dns.z_flag_set")                                            \
	X(DNS_INVALID_OPCODE, "dns.invalid_opcode")                                    \
	X(DNS_NAME_TOO_LONG, "dns.name_too_long")                                      \
	X(DNS_INFINITE_LOOP, "dns.infinite_loop")                                      \
	X(DNS_TOO_MANY_LABELS, "dns.too_many_labels")                                  \
	X(DNS_INVALID_AUTHORITIES, "dns.invalid_authorities")                          \
	X(DNS_INVALID_ADDITIONALS, "dns.invalid_additionals")                          \
	X(HTTP_GZIP_FAILED, "http.gzip_decompression_failed")                          \
	X(HTTP_LZMA_MEMLIMIT, "http.lzma_memlimit_reached")                            \
	X(HTTP_COMPRESSION_BOMB, "http.compression_bomb")                              \
	X(HTTP_REQUEST_NO_COLON, "http.request_field_missing_colon")                   \
	X(HTTP_RESPONSE_NO_COLON, "http.response_field_missing_colon")                 \
	X(HTTP_REQUEST_HEADER_INVALID, "http.request_header_invalid")                  \
	X(HTTP_RESPONSE_HEADER_INVALID, "http.response_header_invalid")                \
	X(HTTP_REQUEST_CHUNK_LEN, "http.invalid_request_chunk_len")                    \
	X(HTTP_RESPONSE_CHUNK_LEN, "http.invalid_response_chunk_len")                  \
	X(HTTP_REQUEST_TE_INVALID, "http.invalid_transfer_encoding_value_in_request")  \
	X(HTTP_RESPONSE_TE_INVALID,                                                    \
	    "http.invalid_transfer_encoding_value_in_response")                        \
	X(HTTP_REQUEST_CL_INVALID, "http.invalid_content_length_field_in_request")     \
	X(HTTP_RESPONSE_CL_INVALID, "http.invalid_content_length_field_in_response")   \
	X(HTTP_CONTINUE_AGAIN, "http.100_continue_already_seen")                       \
	X(HTTP_UNMATCHED_RESPONSE, "http.unable_to_match_response_to_request")         \
	X(HTTP_SERVER_PORT_INVALID, "http.invalid_server_port_in_request")             \
	X(HTTP_AUTHORITY_PORT_INVALID, "http.invalid_authority_port")                  \
	X(HTTP_REQUEST_TOO_LONG, "http.request_field_too_long")                        \
	X(HTTP_RESPONSE_TOO_LONG, "http.response_field_too_long")                      \
	X(HTTP_BYTERANGES, "http.response_multipart_byteranges")                       \
	X(HTTP_HOST_MISSING, "http.missing_host_header")                               \
	X(HTTP_HOST_AMBIGUOUS, "http.host_header_ambiguous")                           \
	X(HTTP_REQUEST_FOLDING, "http.invalid_request_field_folding")                  \
	X(HTTP_RESPONSE_FOLDING, "http.invalid_response_field_folding")                \
	X(HTTP_PORT_MISMATCH, "http.request_server_port_tcp_port_mismatch")            \
	X(HTTP_URI_DELIM, "http.uri_delim_non_compliant")                              \
	X(HTTP_METHOD_DELIM, "http.method_delim_non_compliant")                        \
	X(HTTP_LEADING_SPACE, "http.request_line_leading_whitespace")                  \
	X(HTTP_PROTOCOL_MISSING, "http.request_line_missing_protocol")                 \
	X(HTTP_LINE_INCOMPLETE, "http.request_line_incomplete")                        \
	X(HTTP_LINE_INVALID, "http.request_line_invalid")                              \
	X(HTTP_TOO_MANY_LAYERS, "http.too_many_encoding_layers")                       \
	X(HTTP_CE_ABNORMAL, "http.abnormal_ce_header")                                 \
	X(HTTP_REQUEST_REPETITION, "http.request_header_repetition")                   \
	X(HTTP_RESPONSE_REPETITION, "http.response_header_repetition")                 \
	X(HTTP_TE_ABNORMAL, "http.response_abnormal_transfer_encoding")                \
	X(HTTP_CHUNKED_OLD_PROTO, "http.response_chunked_old_proto")                   \
	X(HTTP_PROTOCOL_INVALID, "http.response_invalid_protocol")                     \
	X(HTTP_STATUS_INVALID, "http.response_invalid_status")                         \
	X(HTTP_BODY_UNEXPECTED, "http.request_body_unexpected")                        \
	X(HTTP_REQUEST_CL_DUPLICATE, "http.duplicate_content_length_field_in_request") \
	X(HTTP_RESPONSE_CL_DUPLICATE,                                                  \
	    "http.duplicate_content_length_field_in_response")                         \
	X(HTTP_REQUEST_MANY_HEADERS, "http.request_too_many_headers")                  \
	X(HTTP_RESPONSE_MANY_HEADERS, "http.response_too_many_headers")                \
	X(HTTP_URI_HOST_INVALID, "http.request_uri_host_invalid")                      \
	X(HTTP_HEADER_HOST_INVALID, "http.request_header_host_invalid")                \
	X(HTTP_UNKNOWN_ERROR, "http.unknown_error")                                    \
	X(TLS_SNI_LENGTH, "tls.invalid_sni_length")                                    \
	X(TLS_SNI_TYPE, "tls.invalid_sni_type")                                        \
	X(TLS_MULTIPLE_SNI, "tls.multiple_sni_extensions")                             \
	X(TLS_HANDSHAKE_LENGTH, "tls.handshake_invalid_length")                        \
	X(TLS_CERTIFICATE_DER, "tls.certificate_invalid_der")                          \
	X(TLS_CERTIFICATE_LENGTH, "tls.certificate_invalid_length")                    \
	X(TLS_HEARTBEAT, "tls.heartbeat_message")                                      \
	X(TLS_HEARTBEAT_INVALID, "tls.invalid_heartbeat_message")                      \
	X(TLS_HEARTBEAT_OVERFLOW, "tls.overflow_heartbeat_message")                    \
	X(TLS_RECORD_TYPE, "tls.invalid_record_type")                                  \
	X(TLS_RECORD_VERSION, "tls.invalid_record_version")                            \
	X(TLS_RECORD_INVALID, "tls.invalid_ssl_record")                                \
	X(SMTP_LONG_COMMAND, "smtp.max_command_line_len_exceeded")                     \
	X(SMTP_LONG_REPLY, "smtp.max_reply_line_len_exceeded")                         \
	X(SMTP_INVALID_REPLY, "smtp.invalid_reply")                                    \
	X(SMTP_UNMATCHED_REPLY, "smtp.unable_to_match_reply_with_request")             \
	X(SMTP_NO_WELCOME, "smtp.no_server_welcome_message")                           \
	X(SMTP_DATA_REJECTED, "smtp.data_command_rejected")                            \
	X(SMTP_TLS_REJECTED, "smtp.tls_rejected")                                      \
	X(SMTP_BDAT_LENGTH, "smtp.bdat_chunk_len_exceeded")                            \
	X(SMTP_DUPLICATE_FIELDS, "smtp.duplicate_fields")                              \
	X(SMTP_MIME_LONG_LINE, "smtp.mime_long_line")                                  \
	X(SMTP_MIME_LONG_HEADER_NAME, "smtp.mime_long_header_name")                    \
	X(SMTP_MIME_LONG_HEADER_VALUE, "smtp.mime_long_header_value")                  \
	X(SMTP_MIME_LONG_BOUNDARY, "smtp.mime_long_boundary")                          \
	X(SMTP_MIME_LONG_FILENAME, "smtp.mime_long_filename")                          \
	X(SMTP_MIME_INVALID_BASE64, "smtp.mime_invalid_base64")                        \
	X(SMTP_MIME_INVALID_QP, "smtp.mime_invalid_qp")                                \
	X(SMTP_MIME_MALFORMED, "smtp.mime_malformed_msg")                              \
	X(HTTP_FORM_HEADER, "http.multipart_invalid_header")                           \
	X(HTTP_FORM_ERROR, "http.multipart_generic_error")                             \
	X(HTTP_NAME_TOO_LONG, "http.file_name_too_long")                               \
	X(TLS_HEADER, "tls.invalid_tls_header")                                        \
	X(TLS_SSL2_HEADER, "tls.invalid_sslv2_header")                                 \
	X(TLS_SSL2_ERROR, "tls.error_message_encountered")                             \
	X(TLS_HANDSHAKE_INVALID, "tls.invalid_handshake_message")                      \
	X(TLS_MANY_RECORDS, "tls.too_many_records_in_packet")                          \
	X(TLS_CERTIFICATE_INVALID, "tls.invalid_certificate")                          \
	X(TLS_CERTIFICATE_MISSING, "tls.certificate_missing_element")                  \
	X(TLS_CERTIFICATE_VERSION, "tls.certificate_invalid_version")                  \
	X(TLS_CERTIFICATE_SERIAL, "tls.certificate_invalid_serial")                    \
	X(TLS_CERTIFICATE_ISSUER, "tls.certificate_invalid_issuer")                    \
	X(TLS_CERTIFICATE_SUBJECT, "tls.certificate_invalid_subject")                  \
	X(TLS_CERTIFICATE_VALIDITY, "tls.certificate_invalid_validity")                \
	X(TLS_CERTIFICATE_DATE, "tls.certificate_invalid_date")                        \
	X(TLS_CERTIFICATE_EXTENSIONS, "tls.certificate_invalid_extensions")            \
	X(TLS_CERTIFICATE_ALGORITHM, "tls.certificate_invalid_algorithmidentifier")    \
	X(TLS_CERTIFICATE_NAME, "tls.certificate_invalid_x509name")                    \
	X(HTTP_FAILED_CHANGE, "http.failed_protocol_change")                           \
	X(SMTP_FAILED_CHANGE, "smtp.failed_protocol_change")                           \
	X(HTTP_AUTH_UNRECOGNIZED, "http.request_auth_unrecognized")

enum app_event {

#define APP_EVENT_ENUM(id, name) APP_EVENT_##id,
	APP_EVENTS(APP_EVENT_ENUM)
#undef APP_EVENT_ENUM
	    APP_EVENT_MAX,
};

/* Rule name of an event, static text. */
const char *app_event_name(enum app_event event);
/* The reverse; APP_EVENT_MAX when no parser raises it. */
enum app_event app_event_find(const char *name);
/* Notes an event once; past the room in tx->events it is forgotten. */
void app_event_note(struct tx *tx, enum app_event event);
