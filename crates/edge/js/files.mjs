// Files that were bought, in the merchant's bucket. Their bytes and their headers do not go through the wasm.

/** The size, the ETag and the type of a file, a line each, or nothing if there is none. */
export async function fileOf(bucket, name) {
  const file = await bucket.head(name);
  return file ? `${file.size}\n${file.httpEtag}\n${file.httpMetadata?.contentType ?? ''}` : undefined;
}

/**
 * Answers with the part of a file that `told` names: the status, the first byte, how many, the size of the file, its ETag, its
 * type and its name, a line each. Without a bucket the answer has the headers alone. Fails if the file is not the one with
 * this ETag any more. The file is saved and never shown as a page of the shop, whatever it is.
 */
export async function sendFile(bucket, told) {
  const [status, offset, length, size, etag, type, name] = told.split('\n');
  const own = name.slice(name.lastIndexOf('/') + 1);
  const escaped = encodeURIComponent(own).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  const headers = {
    'cache-control': 'private, no-store',
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'referrer-policy': 'no-referrer',
    // One that cannot be a header is not sent.
    'content-type': /^[\x20-\x7e]+$/.test(type) ? type : 'application/octet-stream',
    'content-length': length,
    // RFC 6266. Old browsers read the first of the two names.
    'content-disposition': `attachment; filename="${own.replace(/[^ -~]|["\\%]/g, '_')}"; filename*=UTF-8''${escaped}`,
    etag,
  };
  if (status === '206') headers['content-range'] = `bytes ${offset}-${Number(offset) + Number(length) - 1}/${size}`;
  let body = null;
  if (bucket) {
    const range = length === '0' ? undefined : { offset: Number(offset), length: Number(length) };
    const file = await bucket.get(name, { range, onlyIf: { etagMatches: etag.replaceAll('"', '') } });
    if (!file?.body) throw new Error(`${name} was changed or removed a moment ago`);
    body = file.body;
  }
  return new Response(body, { status: Number(status), headers });
}
