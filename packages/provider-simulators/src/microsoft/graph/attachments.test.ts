import { describe, expect, test } from 'vitest';
import { ANN, IMMUTABLE, createTestGraph } from './test-graph';
import type { TestGraph } from './test-graph';

const HEAD = 'From: a@example.com\r\nTo: ann@outlook.example\r\nSubject: Files\r\nMIME-Version: 1.0\r\n';

function mixed(...parts: string[]): Buffer {
  const body = parts.map((p) => `--m\r\n${p}\r\n`).join('');
  return Buffer.from(`${HEAD}Content-Type: multipart/mixed; boundary="m"\r\n\r\n${body}--m--\r\n`);
}

const HTML = 'Content-Type: text/html\r\n\r\n<p>See <img src="cid:logo@x"></p>';
const IMAGE =
  'Content-Type: image/png; name="logo.png"\r\nContent-Disposition: inline; filename="logo.png"\r\n' +
  'Content-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\naW1hZ2U=';
const FILE = 'Content-Type: text/csv; name="a.csv"\r\nContent-Disposition: attachment; filename="a.csv"\r\n\r\n1;2';
const INNERMOST = 'From: c@example.com\r\nSubject: Innermost\r\n\r\nDeep';
const NESTED =
  'Content-Type: message/rfc822\r\n\r\nFrom: b@example.com\r\nSubject: Inner\r\n' +
  `Content-Type: multipart/mixed; boundary="n"\r\n\r\n--n\r\n\r\nInner text\r\n--n\r\nContent-Type: message/rfc822\r\n\r\n${INNERMOST}\r\n--n--`;

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function attachments(g: TestGraph, id: string | undefined, query = ''): Promise<any[]> {
  return (await g.call('GET', `/me/messages/${id}/attachments${query}`)).json.value;
}

describe('attachments', () => {
  test('of every kind are listed, with their content unless it is not selected', async () => {
    const g = createTestGraph();
    const references = [{ name: 'Plan.docx', url: 'https://drive.example/plan', size: 12 }];
    const [id] = g.control.newMail({ account: ANN, raw: mixed(HTML, IMAGE, FILE, NESTED), references });
    const listed = await attachments(g, id);
    expect(
      listed.map((a) => [a['@odata.type'].slice(17), a.name, a.contentType, a.isInline, a.contentId, a.contentBytes]),
    ).toEqual([
      ['fileAttachment', 'logo.png', 'image/png', true, 'logo@x', 'aW1hZ2U='],
      ['fileAttachment', 'a.csv', 'text/csv', false, null, Buffer.from('1;2').toString('base64')],
      ['itemAttachment', 'Inner', null, false, undefined, undefined],
      ['referenceAttachment', 'Plan.docx', null, false, undefined, undefined],
    ]);
    const short = await attachments(g, id, '?$select=id,name,size,microsoft.graph.fileAttachment/contentId');
    expect(Object.keys(short[0]).sort()).toEqual(
      ['@odata.mediaContentType', '@odata.type', 'contentId', 'id', 'name', 'size'].sort(),
    );
    const wrong = await g.call('GET', `/me/messages/${id}/attachments?$select=id,contentId`);
    expect([wrong.status, wrong.json.error.code]).toEqual([400, 'RequestBroker--ParseUri']);
    const expanded = await g.call('GET', `/me/messages/${id}?$select=subject&$expand=attachments($select=id,name)`);
    expect(expanded.json.attachments.map((a: { id: string }) => a.id)).toEqual(listed.map((a) => a.id));
    expect(expanded.json.attachments[0].contentBytes).toBeUndefined();
  });

  test('that are all inline do not count as attachments', async () => {
    const g = createTestGraph();
    const [inline] = g.control.newMail({ account: ANN, raw: mixed(HTML, IMAGE) });
    const [file] = g.control.newMail({ account: ANN, raw: mixed(HTML, IMAGE, FILE) });
    const has = async (id?: string) => (await g.call('GET', `/me/messages/${id}`)).json.hasAttachments;
    expect([await has(inline), await has(file)]).toEqual([false, true]);
    expect(await attachments(g, inline)).toHaveLength(1);
    const found = await g.call('GET', '/me/messages?$filter=hasAttachments eq true');
    expect(found.json.value.map((m: { id: string }) => m.id)).toEqual([file]);
  });

  test('give their bytes, an item its MIME form, a reference nothing', async () => {
    const g = createTestGraph();
    const references = [{ name: 'Plan.docx', url: 'https://drive.example/plan' }];
    const [id] = g.control.newMail({ account: ANN, raw: mixed(HTML, IMAGE, FILE, NESTED), references });
    const listed = await attachments(g, id, '?$select=id');
    const value = async (i: number) => {
      const answer = await g.raw('GET', `/me/messages/${id}/attachments/${listed[i].id}/$value`);
      return [answer.status, answer.headers['content-type'], answer.body.toString()];
    };
    expect(await value(0)).toEqual([200, 'image/png', 'image']);
    expect(await value(1)).toEqual([200, 'text/csv', '1;2']);
    const [status, type, mime] = await value(2);
    expect([status, type]).toEqual([200, 'text/plain']);
    expect(mime).toMatch(/^From: b@example\.com\r\nSubject: Inner\r\n/);
    expect(mime).toContain(INNERMOST);
    expect((await value(3))[0]).toBe(405);
  });

  test('of an item can be expanded into the message inside', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN, raw: mixed(HTML, NESTED) });
    const [listed] = await attachments(g, id, '?$select=id');
    const path = `/me/messages/${id}/attachments/${listed.id}?$expand=microsoft.graph.itemattachment/item`;
    const { json } = await g.call('GET', path);
    expect(json.item).toMatchObject({
      '@odata.type': '#microsoft.graph.message',
      subject: 'Inner',
      hasAttachments: true,
      from: { emailAddress: { address: 'b@example.com' } },
    });
    expect(json.item.body.content).toContain('Inner text');
    expect((await g.call('GET', path.replace('itemattachment', 'fileattachment'))).status).toBe(400);
  });

  test('have ids of the same kind as their message, which outlive a move when they are immutable', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN, raw: mixed(HTML, FILE) });
    const [immutable] = await attachments(g, id, '?$select=id');
    const [byDefault] = (await g.call('GET', `/me/messages/${id}/attachments?$select=id`, { headers: {} })).json.value;
    expect(byDefault.id).not.toBe(immutable.id);
    g.control.archive({ account: ANN });
    const get = async (attachment: string) =>
      (await g.call('GET', `/me/messages/${id}/attachments/${attachment}`, { headers: IMMUTABLE })).status;
    expect([await get(immutable.id), await get(byDefault.id)]).toEqual([200, 404]);
    const [other] = g.control.newMail({ account: ANN, raw: mixed(HTML, FILE) });
    expect((await g.call('GET', `/me/messages/${other}/attachments/${immutable.id}`)).status).toBe(404);
    expect((await g.call('GET', `/me/messages/${id}/attachments/${id}`)).json.error.code).toBe(
      'ErrorInvalidIdMalformed',
    );
  });

  test('large ones come whole in JSON and in a batch', async () => {
    const g = createTestGraph();
    const bytes = Buffer.alloc(300_000, 'large content ');
    const part = `Content-Type: application/pdf; name="l.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64')}`;
    const [id] = g.control.newMail({ account: ANN, raw: mixed(HTML, part) });
    const [listed] = await attachments(g, id);
    expect(Buffer.from(listed.contentBytes, 'base64').equals(bytes)).toBe(true);
    const url = `/me/messages/${id}/attachments`;
    const { json } = await g.call('POST', '/$batch', {
      body: {
        requests: [
          { id: 'a', method: 'GET', url },
          { id: 'b', method: 'GET', url: `${url}/${listed.id}/$value` },
        ],
      },
    });
    const body = (key: string) => json.responses.find((r: { id: string }) => r.id === key).body;
    expect(Buffer.from(body('a').value[0].contentBytes, 'base64').equals(bytes)).toBe(true);
    expect(Buffer.from(body('b'), 'base64').equals(bytes)).toBe(true);
  });
});
