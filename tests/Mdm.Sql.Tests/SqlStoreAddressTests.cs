namespace Mdm.Sql.Tests;

public sealed class SqlStoreAddressTests
{
    [Fact]
    public void Takes_a_relative_path_against_the_base_directory() =>
        SqlStoreAddress.Parse("sqlite:state/lfc.db", "/srv/mdm").File.Should().Be("/srv/mdm/state/lfc.db");

    [Fact]
    public void Takes_an_absolute_path_as_it_is() =>
        SqlStoreAddress.Parse("sqlite:/var/lib/mdm/lfc.db", "/srv/mdm").File.Should().Be("/var/lib/mdm/lfc.db");

    [Theory]
    [InlineData("")]
    [InlineData("sqlite:")]
    [InlineData("lfc.db")]
    [InlineData("SQLITE:lfc.db")]
    [InlineData("sqlite::memory:")]
    [InlineData("sqlite:file:lfc.db?mode=memory")]
    [InlineData("sqlite:a\0b")]
    public void Refuses_what_is_not_a_store_string(string text) =>
        FluentActions.Invoking(() => SqlStoreAddress.Parse(text, "/")).Should().Throw<SqlStoreException>().Which.Trouble.Should().Be(SqlTrouble.Configuration);

    [Fact]
    public void Says_that_postgres_is_not_in_this_build() =>
        FluentActions.Invoking(() => SqlStoreAddress.Parse("postgres:Host=db", "/")).Should().Throw<SqlStoreException>().WithMessage("*not available*sqlite:PATH*");
}
