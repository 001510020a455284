/** The spans by which a channel's event comes in. A trace begins with the outer one. */
import type { ChannelEvent, Intake } from '#channels/inbound.ts';
import { addressParts } from '#machines/ids.ts';
import { type Tracing, traced } from '#machines/tracing.ts';

/** The channel received something. A trace that a stranger's request names is not continued. */
export function receivedInTrace(intake: Intake, tracing: Tracing): Intake {
  if (!tracing.enabled) return intake;
  return (event) => {
    const channel = channelOf(event);
    const attributes = { 'statechat.channel': channel, 'statechat.event': event.type };
    return traced(tracing, `receive ${channel}`, { kind: 'consumer', attributes }, () => intake(event));
  };
}

/** What a provider says of a message names the message and not its address. */
function channelOf(event: ChannelEvent): string {
  if ('address' in event) return addressParts(event.address).channel;
  return event.type === 'moved' ? addressParts(event.from).channel : 'status';
}

export function tracedIntake(intake: Intake, tracing: Tracing): Intake {
  return tracing.enabled ? (event) => traced(tracing, 'intake', {}, () => intake(event)) : intake;
}
