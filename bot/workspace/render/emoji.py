"""The emoji names that the page knows; an unknown name stays `:name:`, as text."""

EMOJI: dict[str, str] = {
    "+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "white_check_mark": "✅",
    "heavy_check_mark": "✔️", "ballot_box_with_check": "☑️", "x": "❌", "warning": "⚠️",
    "rotating_light": "🚨", "red_circle": "🔴", "large_green_circle": "🟢", "large_yellow_circle": "🟡",
    "large_blue_circle": "🔵", "white_circle": "⚪", "large_orange_circle": "🟠", "black_circle": "⚫",
    "white_large_square": "⬜", "white_medium_square": "◻️", "eyes": "👀", "fire": "🔥", "tada": "🎉",
    "rocket": "🚀", "heart": "❤️", "clap": "👏", "pray": "🙏", "raised_hands": "🙌", "ok_hand": "👌",
    "muscle": "💪", "wave": "👋", "point_right": "👉", "point_down": "👇", "smile": "😄", "joy": "😂",
    "slightly_smiling_face": "🙂", "sweat_smile": "😅", "sob": "😭", "thinking_face": "🤔",
    "sunglasses": "😎", "star": "⭐", "star2": "🌟", "sparkles": "✨", "100": "💯", "moneybag": "💰",
    "chart_with_upwards_trend": "📈", "chart_with_downwards_trend": "📉", "bar_chart": "📊",
    "clipboard": "📋", "memo": "📝", "pencil": "📝", "pencil2": "✏️", "pushpin": "📌", "calendar": "📅",
    "spiral_calendar_pad": "🗓️", "alarm_clock": "⏰", "stopwatch": "⏱️", "clock3": "🕒",
    "hourglass_flowing_sand": "⏳", "hourglass": "⌛", "bell": "🔔", "no_bell": "🔕", "mega": "📣",
    "loudspeaker": "📢", "speech_balloon": "💬", "microphone": "🎤", "movie_camera": "🎥", "clapper": "🎬",
    "tv": "📺", "iphone": "📱", "package": "📦", "shopping_trolley": "🛒", "shopping_bags": "🛍️",
    "gift": "🎁", "label": "🏷️", "lock": "🔒", "unlock": "🔓", "key": "🔑", "link": "🔗", "mag": "🔍",
    "bulb": "💡", "wrench": "🔧", "gear": "⚙️", "no_entry": "⛔", "no_entry_sign": "🚫", "question": "❓",
    "exclamation": "❗", "bangbang": "‼️", "information_source": "ℹ️", "arrow_right": "➡️",
    "arrow_left": "⬅️", "arrow_up": "⬆️", "arrow_down": "⬇️", "arrows_counterclockwise": "🔄",
    "heavy_plus_sign": "➕", "bust_in_silhouette": "👤", "busts_in_silhouette": "👥", "robot_face": "🤖",
    "house": "🏠", "sunrise": "🌅", "crescent_moon": "🌙", "zzz": "💤", "coffee": "☕", "trophy": "🏆",
    "dart": "🎯", "first_place_medal": "🥇", "second_place_medal": "🥈", "third_place_medal": "🥉",
    "one": "1️⃣", "two": "2️⃣", "three": "3️⃣", "four": "4️⃣", "five": "5️⃣", "test_tube": "🧪",
    "construction": "🚧", "paperclip": "📎", "inbox_tray": "📥", "outbox_tray": "📤", "zap": "⚡",
}  # fmt: skip

PICKER: tuple[str, ...] = (
    "+1", "white_check_mark", "eyes", "fire", "tada", "heart", "clap", "pray", "100", "warning",
    "memo", "alarm_clock", "dart", "rocket", "thinking_face", "x",
)  # fmt: skip


def glyph(name: str) -> str:
    """The character of an emoji name, `:name:` when unknown; skin tones are dropped."""
    return EMOJI.get(name.partition("::")[0], f":{name}:")
