// The two files of the client certificate that WeChat Pay issues: whether they belong together, to this merchant, and are
// valid now.

import { X509Certificate, createPrivateKey } from 'node:crypto';

import { failed, must } from './outcome.mjs';

const DAY_MS = 24 * 3_600_000;
const AGAIN = 'Download the certificate anew in WeChat Pay’s merchant platform, and upload it: npx wrangler mtls-certificate upload.';

/** The checks of these two texts, for a Worker with these variables. */
export function certificateFileChecks(certificate, key, { WECHAT_MCH_ID: mchId, WECHAT_MCH_CERT_SERIAL: serial }, now = Date.now()) {
  const name = 'certificate_files';
  let read;
  try {
    read = { certificate: new X509Certificate(certificate), key: createPrivateKey(key) };
  } catch (error) {
    return [failed(name, `They cannot be read: ${error.message}.`, 'Give apiclient_cert.pem as --cert and apiclient_key.pem as --key, as WeChat Pay’s tool has made them.')];
  }
  const { subject, validFrom, validTo, serialNumber } = read.certificate;
  const days = Math.floor((Date.parse(validTo) - now) / DAY_MS);
  const isValid = Date.parse(validFrom) <= now && days >= 0;
  const isOf = subject.split('\n').includes(`CN=${mchId}`);
  return [
    must(read.certificate.checkPrivateKey(read.key), name, 'The key belongs to the certificate.', 'The key does not belong to the certificate.', 'Give the two files that WeChat Pay’s tool has made together.'),
    must(isValid, name, `The certificate is valid for ${days} more days.`, `The certificate is valid from ${validFrom} to ${validTo}.`, AGAIN),
    must(isOf, name, `The certificate is that of ${mchId}.`, `The certificate is not that of ${mchId}: ${subject.replaceAll('\n', ', ')}.`, 'Use the certificate of the merchant number in WECHAT_MCH_ID, or correct that.'),
    ...(serial ? [must(serial.toUpperCase() === serialNumber, name, 'Its serial number is the one in WECHAT_MCH_CERT_SERIAL.', `Its serial number is ${serialNumber}, and WECHAT_MCH_CERT_SERIAL is ${serial}.`, `Set WECHAT_MCH_CERT_SERIAL = "${serialNumber}", if WECHAT_MCH_PRIVATE_KEY is the key of this certificate.`)] : []),
  ];
}
