namespace Mdm.Plugins.Amga.Tests;

public sealed class AmgaValueTests
{
    private static readonly AmgaType Whole = new(AmgaKind.Int, "int");
    private static readonly AmgaType Real = new(AmgaKind.Float, "float");
    private static readonly AmgaType Time = new(AmgaKind.Timestamp, "timestamp");
    private static readonly AmgaType Money = new(AmgaKind.Numeric, "numeric(5,2)", 5, 2);
    private static readonly AmgaType Short = new(AmgaKind.Varchar, "varchar(3)", 3);
    private static readonly AmgaType Long = new(AmgaKind.Text, "text");

    public static TheoryData<string, string, object, string> Accepted => new()
    {
        { "int", "-9223372036854775808", long.MinValue, "-9223372036854775808" },
        { "int", "+007", 7L, "7" },
        { "float", "1e-3", 0.001, "0.001" },
        { "float", "-0", 0.0, "0" },
        { "float", "0.1", 0.1, "0.1" },
        { "float", "12345678901234567890", 12345678901234567890.0, "1.2345678901234567E+19" },
        { "numeric(5,2)", "1.5", 150L, "1.50" },
        { "numeric(5,2)", "-0.005", -1L, "-0.01" },
        { "numeric(5,2)", "0.004", 0L, "0.00" },
        { "numeric(5,2)", "999.99", 99999L, "999.99" },
        { "numeric(5,2)", "9.9999e2", 99999L, "999.99" },
        { "timestamp", "2020-01-02", 1577923200000000L, "2020-01-02 00:00:00" },
        { "timestamp", "20200102", 1577923200000000L, "2020-01-02 00:00:00" },
        { "timestamp", "20200102000001", 1577923201000000L, "2020-01-02 00:00:01" },
        { "timestamp", "2020-01-02T03:04:05", 1577934245000000L, "2020-01-02 03:04:05" },
        { "timestamp", "2020-01-02 03:04:05.000006", 1577934245000006L, "2020-01-02 03:04:05.000006" },
        { "timestamp", "1969-12-31 23:59:59.5", -500000L, "1969-12-31 23:59:59.500000" },
        { "timestamp", "0001-01-01", -62135596800000000L, "0001-01-01 00:00:00" },
        { "varchar(3)", "😀äb", "😀äb", "😀äb" },
        { "text", "", "", "" },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Reads_and_shows(string type, string text, object value, string shown)
    {
        AmgaValue.Parse(Of(type), text).Should().Be(value);
        AmgaValue.Format(Of(type), value).Should().Be(shown);
        AmgaValue.Parse(Of(type), shown).Should().Be(value, "what is shown can be given again");
    }

    [Theory]
    [InlineData("int", "9223372036854775808")]
    [InlineData("int", "1.0")]
    [InlineData("int", " 1")]
    [InlineData("int", "")]
    [InlineData("int", "٣")]
    [InlineData("float", "NaN")]
    [InlineData("float", "Infinity")]
    [InlineData("float", "1e999")]
    [InlineData("float", "1,5")]
    [InlineData("float", ".5")]
    [InlineData("numeric(5,2)", "1000")]
    [InlineData("numeric(5,2)", "999.995")]
    [InlineData("numeric(5,2)", "1e500")]
    [InlineData("timestamp", "2020-13-01")]
    [InlineData("timestamp", "2019-02-29")]
    [InlineData("timestamp", "2020-01-02 03:04:05.0000001")]
    [InlineData("timestamp", "2020-01-02T03:04:05Z")]
    [InlineData("timestamp", "0000-01-01")]
    [InlineData("varchar(3)", "abcd")]
    [InlineData("varchar(3)", "a\0b")]
    [InlineData("text", "a\0b")]
    public void Refuses_what_is_of_another_type_and_does_not_repeat_it(string type, string text)
    {
        var refusal = FluentActions.Invoking(() => AmgaValue.Parse(Of(type), text)).Should().Throw<AmgaException>().Which;
        refusal.Code.Should().Be(AmgaError.WrongType);
        if (text.Length > 4)
            refusal.Message.Should().NotContain(text);
    }

    [Fact]
    public void A_null_is_shown_as_the_empty_text() => AmgaValue.Format(Whole, null).Should().BeEmpty();

    [Fact]
    public void Half_a_character_is_no_text() => AmgaValue.Characters("\ud800").Should().Be(-1);

    private static AmgaType Of(string declared) => new[] { Whole, Real, Time, Money, Short, Long }.Single(type => type.Declared == declared);
}
