import { describe, expect, it } from 'vitest';
import { downloadHeaders, safeFileName } from './download-headers';

describe('the headers of a download', () => {
  it.each([
    'a"; filename="evil.html',
    'a\r\nSet-Cookie: x=1',
    "a'b*c(d)",
    'Rechnung März 🧾.pdf',
    '中文附件.docx',
    '../../etc/passwd',
    '\ud800broken',
  ])('cannot be ended or extended by the name %j', (name) => {
    const header = downloadHeaders(name, 'text/html')['Content-Disposition'] ?? '';
    expect(header).toMatch(/^attachment; filename="[\x20-\x21\x23-\x7e]*"; filename\*=UTF-8''[A-Za-z0-9._~!$&+%-]+$/);
  });

  it('never repeat a type that a browser would run', () => {
    expect(downloadHeaders('a.html', 'text/html')['Content-Type']).toBe('application/octet-stream');
    expect(downloadHeaders('a.svg', 'image/svg+xml')['Content-Type']).toBe('application/octet-stream');
    expect(downloadHeaders('a', 'image/png\r\nX: 1')['Content-Type']).toBe('application/octet-stream');
    expect(downloadHeaders('a.png', 'image/PNG')['Content-Type']).toBe('image/png');
  });

  it('keep a readable name in any script', () => {
    expect(downloadHeaders('Звіт.pdf', 'application/pdf')['Content-Disposition']).toContain(
      "filename*=UTF-8''%D0%97%D0%B2%D1%96%D1%82.pdf",
    );
  });
});

describe('a file name that came by mail', () => {
  it.each([
    ['../../x.txt', 'x.txt'],
    ['C:\\temp\\x.txt', 'x.txt'],
    ['.htaccess', 'htaccess'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['a\u0000b', 'ab'],
    ['', 'attachment'],
    ['...', 'attachment'],
    ['x'.repeat(300) + '.pdf', 'x'.repeat(196) + '.pdf'],
  ])('%j becomes %j', (from, to) => expect(safeFileName(from)).toBe(to));
});
