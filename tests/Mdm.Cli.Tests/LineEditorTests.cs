using Mdm.Cli.Commands.Metadata.Shell;

namespace Mdm.Cli.Tests;

public sealed class LineEditorTests
{
    [Theory]
    [InlineData("find /a\n", "find /a")]
    [InlineData("fnd←←i→→ /a\n", "find /a")]
    [InlineData("xfind⌂⌦\n", "find")]
    [InlineData("find /a wrong\u0017right\n", "find /a right")]
    [InlineData("find /a\u0015ls\n", "ls")]
    [InlineData("abc\u0001\u000bx\n", "x")]
    [InlineData("typed\u0003pwd\n", "pwd")]
    public async Task A_line_is_edited_with_the_usual_keys(string keys, string line) => (await Editor(keys).ReadAsync("> ")).Should().Be(line);

    [Fact]
    public async Task Lines_come_back_and_what_was_begun_is_kept()
    {
        var editor = Editor("one\ntwo\n↑↑\nbegun↑↓\n");

        (await editor.ReadAsync("> "), await editor.ReadAsync("> "), await editor.ReadAsync("> "), await editor.ReadAsync("> ")).Should().Be(("one", "two", "one", "begun"));
    }

    [Fact]
    public async Task Tab_completes_as_far_as_all_agree_and_then_shows_the_choices()
    {
        var keyboard = new Keys("find /gr\t\t\n");
        var editor = new LineEditor(keyboard, _ => Task.FromResult<IReadOnlyList<string>>(["/grid/a/", "/grid/b/"]));

        (await editor.ReadAsync("> ")).Should().Be("find /grid/");
        keyboard.Screen.Should().Contain("/grid/a/  /grid/b/");
    }

    [Fact]
    public async Task The_end_of_input_ends_the_session()
    {
        (await Editor("\u0004").ReadAsync("> ")).Should().BeNull();
        (await Editor("half").ReadAsync("> ")).Should().BeNull();
    }

    private static LineEditor Editor(string keys) => new(new Keys(keys), _ => Task.FromResult<IReadOnlyList<string>>([]));

    /// <summary>Types a text; arrows, ⌂ (Home) and ⌦ (Delete) are keys, control characters are those of their letters.</summary>
    private sealed class Keys(string text) : IKeyboard
    {
        private int _next;

        public string Screen { get; private set; } = string.Empty;

        public ConsoleKeyInfo? Read() => _next == text.Length ? null : text[_next++] switch
        {
            '\n' => Key(ConsoleKey.Enter),
            '\t' => Key(ConsoleKey.Tab),
            '←' => Key(ConsoleKey.LeftArrow),
            '→' => Key(ConsoleKey.RightArrow),
            '↑' => Key(ConsoleKey.UpArrow),
            '↓' => Key(ConsoleKey.DownArrow),
            '⌂' => Key(ConsoleKey.Home),
            '⌦' => Key(ConsoleKey.Delete),
            < ' ' and var control => new ConsoleKeyInfo(control, ConsoleKey.A + (control - 1), shift: false, alt: false, control: true),
            var letter => new ConsoleKeyInfo(letter, ConsoleKey.None, shift: false, alt: false, control: false),
        };

        public void Write(string written) => Screen += written;

        private static ConsoleKeyInfo Key(ConsoleKey key) => new('\0', key, shift: false, alt: false, control: false);
    }
}
