using System.Text;
using Mdm.Formats.Amga;

namespace Mdm.Formats.Tests.Amga;

public sealed class AmgaCommandLineTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("pwd", "pwd")]
    [InlineData("  addentry '/a/e'  'p' 'v'\t", "addentry|/a/e|p|v")]
    [InlineData("createdir '/d' 'acl, inherit, shared'", "createdir|/d|acl, inherit, shared")]
    [InlineData("selectattr  /a:p /a:q '/a:p = \"v\"'", "selectattr|/a:p|/a:q|/a:p = \"v\"")]
    [InlineData("updateattr 't?' sinus 'sinus + 1' ''", "updateattr|t?|sinus|sinus + 1|")]
    [InlineData("setattr /a/e n O'Neil", "setattr|/a/e|n|O'Neil")]
    [InlineData("addentry '/a/e' 'p' 'O'Neil x'", "addentry|/a/e|p|O'Neil x")]
    [InlineData(@"addentry /a/e p 'O\'Neil x'", "addentry|/a/e|p|O'Neil x")]
    [InlineData(@"p 'the boys\' toys'", "p|the boys' toys")]
    [InlineData(@"p 'a\047b' c\040d", "p|a'b|c d")]
    [InlineData(@"p 'C:\temp\n' \9 \12", @"p|C:\temp\n|\9|\12")]
    [InlineData(@"p 'C:\'", @"p|C:\")]
    [InlineData(@"p '\'", @"p|\")]
    [InlineData(@"p '\134'", @"p|\")]
    [InlineData(@"p 'M\303\274ller'", "p|Müller")]
    [InlineData("p 'Müller'\r", "p|Müller")]
    public void Takes_a_line_apart_as_clients_send_it(string line, string words) =>
        string.Join('|', Split(Encoding.UTF8.GetBytes(line))).Should().Be(words);

    [Fact]
    public void Takes_what_is_not_UTF_8_as_what_old_clients_send() =>
        Split(Encoding.Latin1.GetBytes("setattr 'Müller'")).Should().Equal("setattr", "Müller");

    [Theory]
    [InlineData("p 'a", "not closed")]
    [InlineData("p 'a'b", "not closed")]
    [InlineData("p '", "not closed")]
    [InlineData("p a\0b", "byte 0")]
    [InlineData(@"p '\000'", "byte 0")]
    [InlineData("a b c d", "MaxTokens (3)")]
    public void Refuses_what_is_no_command(string line, string reason)
    {
        AmgaCommandLine.TrySplit(Encoding.UTF8.GetBytes(line), 3, out _, out var refusal).Should().BeFalse();
        refusal.Should().Contain(reason);
    }

    [Fact]
    public void Every_value_comes_over_as_it_was()
    {
        // From the characters that mean something here, so that each meets each.
        const string Alphabet = "'\\ 0134a\n\r\t\u0004\u0018\u007f\"ü\u20ac";
        var random = new Random(4);
        for (var i = 0; i < 20_000; i++)
        {
            var values = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => new string([.. Enumerable.Range(0, random.Next(8)).Select(_ => Alphabet[random.Next(Alphabet.Length)])])).ToList();

            var line = AmgaCommandLine.Join(["put", .. values]);

            line.Should().NotContainAny("\n", "\r", "\u0004", "\u0018");
            Split(Encoding.UTF8.GetBytes(line)).Should().Equal(["put", .. values], line);
            foreach (var value in values)
            {
                var row = AmgaText.EscapeLine(value);
                row.Should().NotContainAny("\n", "\r", "\u0004", "\u0018");
                AmgaText.UnescapeLine(row).Should().Be(value);
            }
        }
    }

    [Theory]
    [InlineData(@"ORIGINAL\PRIMARY\AXIAL")]
    [InlineData(@"256\256")]
    [InlineData(@"C:\new\temp")]
    [InlineData(@"two\nlines")]
    [InlineData("a\ttab")]
    public void Old_clients_see_a_value_as_it_is(string value) => AmgaText.EscapeLine(value).Should().Be(value);

    [Theory]
    [InlineData("a\nb", @"a\012b")]
    [InlineData("\u0004", @"\004")]
    [InlineData("\u0018", @"\030")]
    [InlineData(@"a\012b", @"a\134012b")]
    [InlineData(@"\134", @"\134134")]
    public void What_would_disturb_a_line_is_written_in_octal(string value, string row) => AmgaText.EscapeLine(value).Should().Be(row);

    private static IReadOnlyList<string> Split(byte[] line)
    {
        AmgaCommandLine.TrySplit(line, AmgaWire.MaxTokens, out var words, out var refusal).Should().BeTrue(refusal);
        return words!;
    }
}
