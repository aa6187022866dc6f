import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MailError } from '../../errors';
import { readMessage, readState } from './map';
import { categoryPlace, impliedLabel, tabOf } from './places';

function message(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'AAk1',
    conversationId: 'conv1',
    parentFolderId: 'F1',
    receivedDateTime: '2026-11-20T10:11:12Z',
    createdDateTime: '2026-11-20T10:11:13Z',
    sentDateTime: '2026-11-20T10:11:00Z',
    isRead: false,
    isDraft: false,
    flag: { flagStatus: 'notFlagged' },
    categories: [],
    inferenceClassification: 'focused',
    subject: 'Hello',
    bodyPreview: 'How are you?',
    body: { contentType: 'html', content: '<p>How are you?</p>' },
    from: { emailAddress: { name: 'Ann', address: 'Ann@Example.test' } },
    toRecipients: [{ emailAddress: { name: 'Ben', address: 'ben@example.test' } }],
    ccRecipients: [],
    bccRecipients: [],
    replyTo: [],
    hasAttachments: false,
    internetMessageId: '<m1@example.test>',
    ...over,
  };
}

describe('the state of a message', () => {
  it('is its folder, its categories, its tab and its flags', () => {
    const json = message({
      categories: ['Work', 'Work', 'Straße'],
      isRead: true,
      flag: { flagStatus: 'flagged' },
      inferenceClassification: 'other',
    });
    expect(readState(json).state).toEqual({
      remoteId: 'AAk1',
      threadRemoteId: 'conv1',
      isRead: true,
      isStarred: true,
      isDraft: false,
      places: ['F1', 'category:Straße', 'category:Work', 'tab:other'].sort(),
    });
  });

  it('takes a flag that is done for none, and a missing tab for the first one', () => {
    const { state } = readState(message({ flag: { flagStatus: 'complete' }, inferenceClassification: null }));
    expect(state).toMatchObject({ isStarred: false, places: ['F1', 'tab:focused'] });
  });

  it.each([
    { id: '' },
    { id: undefined },
    { parentFolderId: undefined },
    { isRead: 'true' },
    { isDraft: undefined },
    { flag: undefined },
    { flag: { flagStatus: 4 } },
    { categories: 'Work' },
    { categories: [1] },
    { categories: undefined },
    { receivedDateTime: 'now', createdDateTime: null },
  ])('is not made up when something of it is missing or odd (%j)', (over) => {
    expect(() => readState(message(over))).toThrow(expect.objectContaining({ kind: 'malformed' }));
  });

  it('is not taken from another message than the wanted one', () => {
    expect(() => readState(message(), 'AAk2')).toThrow(expect.objectContaining({ kind: 'malformed' }));
  });

  it('leaves out categories that no place id can stand for, and keeps the others', () => {
    const { state } = readState(message({ categories: ['', 'x'.repeat(300), 'a\u0000b', ' padded ', 'Fine'] }));
    expect(state.places).toEqual(['F1', 'category:Fine', 'tab:focused']);
  });
});

describe('a message', () => {
  it('gives its envelope, and its references also where Graph has no headers for it', () => {
    const json = message({
      singleValueExtendedProperties: [
        { id: 'String 0x1042', value: '<parent@example.test>' },
        { id: 'String 0x1039', value: '<root@example.test>\r\n <parent@example.test>' },
        { id: 'Long 0xe08', value: '12345' },
      ],
    });
    expect(readMessage(json).finish([]).envelope).toMatchObject({
      internetMessageId: '<m1@example.test>',
      inReplyTo: '<parent@example.test>',
      references: ['<root@example.test>', '<parent@example.test>'],
      from: { name: 'Ann', address: 'Ann@Example.test' },
      to: [{ name: 'Ben', address: 'ben@example.test' }],
      subject: 'Hello',
      snippet: 'How are you?',
      sizeBytes: 12_345,
      receivedAt: Date.UTC(2026, 10, 20, 10, 11, 12),
      sentAt: Date.UTC(2026, 10, 20, 10, 11, 0),
    });
  });

  it('shows a plain text as it is and does not read it as HTML', () => {
    const body = { contentType: 'text', content: 'if a < b & c' };
    const { body: stored, envelope } = readMessage(message({ body, bodyPreview: 'if a &lt; b & c' })).finish([]);
    expect(stored).toEqual({ html: null, text: 'if a < b & c' });
    expect(envelope.snippet).toBe('if a &lt; b & c');
  });

  it('asks for attachments also when only the text shows them', () => {
    expect(readMessage(message()).needsAttachments).toBe(false);
    expect(readMessage(message({ hasAttachments: true })).needsAttachments).toBe(true);
    const body = { contentType: 'HTML', content: '<img src="CID:logo@x">' };
    expect(readMessage(message({ body })).needsAttachments).toBe(true);
  });

  it('was not sent in the year 1, as an unsent draft claims', () => {
    const { envelope } = readMessage(message({ sentDateTime: '0001-01-01T00:00:00Z', isDraft: true })).finish([]);
    expect(envelope.sentAt).toBeNull();
    expect(readMessage(message({ receivedDateTime: '0001-01-01T00:00:00Z' })).finish([]).envelope.receivedAt).toBe(0);
  });

  it('with absurd text is stored in a form that every database takes', () => {
    const json = message({
      subject: 'a\u0000b\ud800c\r\nBcc: evil@example.test',
      body: { contentType: 'html', content: '<p>\u0000x\udfff</p>' },
      from: { emailAddress: { name: 'A\u202eB\r\n', address: ' a b@example.test ' } },
    });
    const { envelope, body } = readMessage(json).finish([]);
    expect(envelope.subject).not.toMatch(/[\u0000\r\n]/); // eslint-disable-line no-control-regex
    expect(envelope.from).toEqual({ name: 'AB', address: 'ab@example.test' });
    expect(Buffer.from(JSON.stringify([envelope, body]), 'utf8').toString('utf8')).not.toContain('\\u0000');
  });

  it('of any shape is read or refused as malformed, and nothing else', () => {
    const odd = fc.oneof(fc.anything(), fc.constant(null), fc.string(), fc.array(fc.anything()));
    const fields = fc.dictionary(fc.constantFrom(...Object.keys(message()), 'singleValueExtendedProperties'), odd);
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fields, fields.map(message)), (json) => {
        try {
          const { envelope } = readMessage(json).finish([]);
          expect(envelope.places.length).toBeGreaterThan(0);
          expect(Number.isFinite(envelope.receivedAt)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(MailError);
          expect((error as MailError).kind).toBe('malformed');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a place', () => {
  it('of a category that the master list does not know exists by being named', () => {
    expect(impliedLabel(categoryPlace('Private') ?? '')).toMatchObject({ name: 'Private', kind: 'user' });
    expect(impliedLabel('AAMkFolder')).toBeNull();
    expect(impliedLabel('tab:focused')).toBeNull();
    expect(tabOf('category:tab:focused')).toBeNull();
  });
});
