#include "test_ca.hpp"

#include <cstdio>
#include <cstdlib>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <unistd.h>

namespace otto::net {
namespace {

void must(bool ok, const char* what) {
  if (!ok) throw std::runtime_error{what};
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  must(extension != nullptr, "extension");
  must(X509_add_ext(certificate, extension, -1) == 1, "add extension");
  X509_EXTENSION_free(extension);
}

Issued blank(const CertificateWish& wish) {
  static long serial = 1;
  Issued made;
  made.key.reset(EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  auto* const certificate = made.certificate.get();
  must(made.key != nullptr && certificate != nullptr, "key");
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wish.begins);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wish.ends);
  X509_set_pubkey(certificate, made.key.get());
  const auto* const name = reinterpret_cast<const unsigned char*>(wish.common_name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, name, -1, -1, 0);
  return made;
}

}  // namespace

TestCa::TestCa() {
  CertificateWish wish;
  wish.common_name = "otto test CA";
  self_ = blank(wish);
  auto* const certificate = self_.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign");
  must(X509_sign(certificate, self_.key.get(), EVP_sha256()) > 0, "sign");
}

Issued TestCa::issue(const CertificateWish& wish) const {
  auto made = blank(wish);
  auto* const certificate = made.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(self_.certificate.get()));
  if (!wish.alternative_names.empty())
    add_extension(certificate, self_.certificate.get(), NID_subject_alt_name, wish.alternative_names);
  add_extension(certificate, self_.certificate.get(), NID_ext_key_usage, wish.usage);
  must(X509_sign(certificate, self_.key.get(), EVP_sha256()) > 0, "sign");
  return made;
}

void TestCa::trust() const {
  std::string path = "/tmp/otto-test-ca-XXXXXX";
  const int file = mkstemp(path.data());
  must(file >= 0, "temporary file");
  std::FILE* const out = fdopen(file, "w");
  PEM_write_X509(out, self_.certificate.get());
  std::fclose(out);
  setenv("SSL_CERT_FILE", path.c_str(), 1);
  static std::string to_remove;
  to_remove = path;
  std::atexit([] { unlink(to_remove.c_str()); });
}

const TestCa& trusted_ca() {
  static const TestCa ca = [] {
    TestCa made;
    made.trust();
    return made;
  }();
  return ca;
}

}  // namespace otto::net
