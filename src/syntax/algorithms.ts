/**
 * JSON Web Signature algorithms that are taken, from whoever it is: asymmetric ones alone (RFC 7518 section 3.1, RFC 8037,
 * RFC 9864). `none`, and HMAC with a secret that others may know, never (threats F-01, F-02, F-04).
 */
export const ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
