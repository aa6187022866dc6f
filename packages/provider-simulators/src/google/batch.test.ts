import { describe, expect, test } from 'vitest';
import { ANN, createTestGoogle } from './test-client';
import type { TestGoogle } from './test-client';

interface Part {
  id: string;
  status: number;
  body: string;
}

async function batch(
  t: TestGoogle,
  parts: string[],
  headers: Record<string, string> = {},
): Promise<{ status: number; parts: Part[] }> {
  const body = parts
    .map((part, i) => `--b\r\nContent-Type: application/http\r\nContent-ID: <item-${i}>\r\n\r\n${part}\r\n`)
    .join('');
  const response = await t.fetch('https://gmail.googleapis.com/batch/gmail/v1', {
    method: 'POST',
    headers: { authorization: `Bearer ${t.token}`, 'content-type': 'multipart/mixed; boundary=b', ...headers },
    body: `${body}--b--`,
  });
  const text = await response.text();
  const boundary = /boundary=(\S+)/.exec(response.headers.get('content-type') ?? '')?.[1];
  if (boundary === undefined) return { status: response.status, parts: [] };
  const sections = text.split(`--${boundary}`).slice(1, -1);
  const read = (section: string): Part => ({
    id: /Content-ID: (\S+)/.exec(section)?.[1] ?? '',
    status: Number(/HTTP\/1\.1 (\d+)/.exec(section)?.[1]),
    body: section.split('\r\n\r\n').slice(2).join('\r\n\r\n').trimEnd(),
  });
  return { status: response.status, parts: sections.map(read) };
}

function setUp(options: Parameters<typeof createTestGoogle>[0] = {}) {
  const t = createTestGoogle({ messages: 120, ...options });
  return { t, ids: Object.keys(t.google.control.truth({ account: ANN }).messages) };
}

const get = (id = '') => `GET /gmail/v1/users/me/messages/${id}?format=minimal`;

describe('batch', () => {
  test('answers come in request order under response- ids, a missing message spoils only its part', async () => {
    const { t, ids } = setUp();
    const answer = await batch(t, [get(ids[0]), get('1234567890abcdef'), get(ids[1])]);
    expect(answer.status).toBe(200);
    expect(answer.parts.map((p) => [p.id, p.status])).toEqual([
      ['<response-item-0>', 200],
      ['<response-item-1>', 404],
      ['<response-item-2>', 200],
    ]);
    expect(JSON.parse(answer.parts[2]?.body ?? '').id).toBe(ids[1]);
  });

  test('101 parts are refused as a whole, 100 are not', async () => {
    const { t, ids } = setUp();
    expect((await batch(t, ids.slice(0, 101).map(get))).status).toBe(400);
    expect((await batch(t, ids.slice(0, 100).map(get))).parts.map((p) => p.status)).toEqual(new Array(100).fill(200));
  });

  test('parts with a body, and a part that names a host', async () => {
    const { t, ids } = setUp();
    const json = '{"addLabelIds":["STARRED"]}';
    const modify = `POST /gmail/v1/users/me/messages/${ids[0]}/modify\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
    const answer = await batch(t, [modify, `GET https://gmail.googleapis.com/gmail/v1/users/me/profile`]);
    expect(answer.parts.map((p) => p.status)).toEqual([200, 400]);
    expect(t.google.control.truth({ account: ANN }).messages[ids[0] ?? '']?.labelIds).toContain('STARRED');
  });

  test('parts beyond the concurrency limit get 429 inside an outer 200', async () => {
    const { t, ids } = setUp({ quota: { enforced: true }, concurrencyPerUser: 25 });
    const answer = await batch(t, ids.slice(0, 40).map(get));
    expect(answer.status).toBe(200);
    expect(answer.parts.filter((p) => p.status === 429)).toHaveLength(15);
    expect(answer.parts.find((p) => p.status === 429)?.body).toContain('Too many concurrent requests for user');
  });

  test('each part is charged, and the quota can end in mid-batch', async () => {
    const { t, ids } = setUp({ quota: { enforced: true }, concurrencyPerUser: 100 });
    t.google.control.quotaBurst({ account: ANN, units: 5900 });
    const answer = await batch(t, ids.slice(0, 10).map(get));
    expect(answer.parts.filter((p) => p.status === 200)).toHaveLength(5);
    expect(answer.parts.filter((p) => p.status === 403)).toHaveLength(5);
    const counters = t.google.control.counters();
    expect([counters.apiRequests, counters.calls['messages.get']]).toEqual([1, 10]);
  });

  test('a body that is no multipart is refused', async () => {
    const { t, ids } = setUp();
    expect((await batch(t, [get(ids[0])], { 'content-type': 'application/json' })).status).toBe(400);
  });
});
