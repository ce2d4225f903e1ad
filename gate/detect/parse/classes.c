/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/parse/parse.h"

/* The classes that rules name when no classification.config is given: identifiers and
 * priorities as the community uses them, sentences of our own. */
static const struct parse_class classes[] = {
	{ "not-suspicious", "Ordinary traffic", 3 },
	{ "unknown", "Traffic of unknown kind", 3 },
	{ "bad-unknown", "Possibly harmful traffic", 2 },
	{ "attempted-recon", "Attempt to gather information", 2 },
	{ "successful-recon-limited", "Some information has leaked", 2 },
	{ "successful-recon-largescale", "Much information has leaked", 2 },
	{ "attempted-dos", "Attempt to stop a service", 2 },
	{ "successful-dos", "A service was stopped", 2 },
	{ "attempted-user", "Attempt to gain a user's rights", 1 },
	{ "unsuccessful-user", "Failed attempt to gain a user's rights", 1 },
	{ "successful-user", "A user's rights were gained", 1 },
	{ "attempted-admin", "Attempt to gain an administrator's rights", 1 },
	{ "successful-admin", "An administrator's rights were gained", 1 },
	{ "rpc-portmap-decode", "RPC query", 2 },
	{ "shellcode-detect", "Executable code in a message", 1 },
	{ "string-detect", "Suspicious text", 3 },
	{ "suspicious-filename-detect", "Suspicious file name", 2 },
	{ "suspicious-login", "Login with a suspicious name", 2 },
	{ "system-call-detect", "System call in a message", 2 },
	{ "tcp-connection", "TCP connection", 4 },
	{ "trojan-activity", "Malicious program on a machine", 1 },
	{ "unusual-client-port-connection", "Client on an unusual port", 2 },
	{ "network-scan", "Network scan", 3 },
	{ "denial-of-service", "Attack that stops a service", 2 },
	{ "non-standard-protocol", "Unusual protocol or event", 2 },
	{ "protocol-command-decode", "Protocol command", 3 },
	{ "web-application-activity", "Access to a weak web application", 2 },
	{ "web-application-attack", "Attack on a web application", 1 },
	{ "misc-activity", "Other activity", 3 },
	{ "misc-attack", "Other attack", 2 },
	{ "icmp-event", "ICMP event", 3 },
	{ "inappropriate-content", "Inappropriate content", 1 },
	{ "policy-violation", "Possible violation of the company's policy", 1 },
	{ "default-login-attempt", "Login with a factory password", 2 },
	{ "sdf", "Sensitive data", 2 },
	{ "file-format", "Suspicious file format", 1 },
	{ "malware-cnc", "Call of a malicious program to its controller", 1 },
	{ "client-side-exploit", "Attack on a client program", 1 },
	{ "targeted-activity", "Attack aimed at this company", 1 },
	{ "exploit-kit", "Exploit kit", 1 },
	{ "external-ip-check", "Query for the own external address", 2 },
	{ "domain-c2", "Domain of a controller of malicious programs", 1 },
	{ "pup-activity", "Unwanted program", 2 },
	{ "credential-theft", "Theft of passwords", 1 },
	{ "social-engineering", "Deception of a person", 2 },
	{ "coin-mining", "Mining of crypto currency", 2 },
	{ "command-and-control", "Controller of malicious programs", 1 },
};

int detect_parse_builtin_classes(struct load *l)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(classes) / sizeof(classes[0]); i++)
		r = detect_parse_class_add(
		    l, classes[i].id, classes[i].text, classes[i].priority);
	return r;
}
