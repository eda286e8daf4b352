// A private certificate authority made in the test process; the clients under test trust it through SSL_CERT_FILE.
#pragma once

#include <memory>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string>

namespace otto::net {

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

struct Issued {
  Key key;
  Certificate certificate;
};

struct CertificateWish {
  std::string common_name = "otto test";
  std::string alternative_names;  ///< "DNS:localhost,IP:127.0.0.1"; empty: none
  std::string usage = "serverAuth";
  long begins = -3'600, ends = 3'600;  ///< seconds from now
};

class TestCa {
 public:
  TestCa();
  Issued issue(const CertificateWish& wish) const;
  /// Writes the CA's certificate where the process's TLS clients look for it. Before their first use.
  void trust() const;

 private:
  Issued self_;
};

/// The authority that the clients of this test program trust.
const TestCa& trusted_ca();

}  // namespace otto::net
