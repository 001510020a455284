/** What Telegram would send. */
export const ME = {
  id: 1,
  is_bot: true as const,
  first_name: 'Bench',
  username: 'bench_bot',
  can_join_groups: false,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
  has_topics_enabled: false,
  allows_users_to_create_topics: false,
  can_manage_bots: false,
  supports_join_request_queries: false,
};

export function textUpdate(id: number, conversation: number, text: string, at: number) {
  // 0 is no id of a chat.
  const peer = { id: conversation + 1, first_name: 'Visitor' };
  return {
    update_id: id,
    message: {
      message_id: id,
      date: Math.floor(at / 1_000),
      chat: { ...peer, type: 'private' as const },
      from: { ...peer, is_bot: false },
      text,
    },
  };
}
