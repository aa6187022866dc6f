declare module 'libmime' {
  const libmime: {
    decodeWords(text: string): string;
    encodeWords(text: string, encoding?: 'Q' | 'B', maxLength?: number): string;
    parseHeaderValue(text: string): { value: string; params: Record<string, string> };
  };
  export default libmime;
}

declare module 'libqp' {
  const libqp: {
    decode(text: string): Buffer;
    encode(bytes: Buffer): string;
    wrap(text: string, lineLength?: number): string;
  };
  export default libqp;
}
