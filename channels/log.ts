/** Log of a channel. Loggers of pino have this shape. */
export interface ChannelLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

const nothing = (): void => undefined;
export const silent: ChannelLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };
