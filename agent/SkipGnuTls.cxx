// SPDX-License-Identifier: Apache-2.0

/**
 * Debian's libcurl brings GnuTLS with it, for RTMP and LDAP, which we never speak. GnuTLS tests its algorithms when it
 * is loaded, unless the program has this function (gnutls.h, GNUTLS_SKIP_GLOBAL_INIT): that saves 1 MB of memory and 5
 * ms of each start. Without GnuTLS nobody looks for it.
 */
extern "C" __attribute__((visibility("default"))) int _gnutls_global_init_skip();

extern "C" int _gnutls_global_init_skip() {
  return 1;
}
