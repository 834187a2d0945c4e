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
    [InlineData("postgresql:Host=db;Database=mdm")]
    public void Refuses_what_is_not_a_store_string(string text) =>
        FluentActions.Invoking(() => SqlStoreAddress.Parse(text, "/")).Should().Throw<SqlStoreException>().Which.Trouble.Should().Be(SqlTrouble.Configuration);

    [Theory]
    [InlineData("postgres:", "*Host is missing*")]
    [InlineData("postgres:Host=db", "*Database is missing*")]
    [InlineData("postgres:Host=a,b;Database=mdm", "*Host names one server*")]
    [InlineData("postgres:Host=db;Database=mdm;Port=0", "*Port is a number from 1 to 65535*")]
    [InlineData("postgres:Host=db;Database=mdm;Port=1;port=2", "*port is given twice*")]
    [InlineData("postgres:Host=db;Database=mdm;Pasword=x", "*has no 'Pasword'; it knows Host, Port,*")]
    [InlineData("postgres:Host=db;Database=mdm;SSL Mode=Disable", "*has no 'SSL Mode'*Tls*")]
    [InlineData("postgres:Host=db;Database=mdm;Tls=Prefer", "*Tls is one of Off, VerifyCa, VerifyFull*")]
    [InlineData("postgres:Host=db;Database=mdm;Tls=7", "*Tls is one of Off, VerifyCa, VerifyFull*")]
    [InlineData("postgres:Host=/run/postgresql;Database=mdm;TrustFile=ca.pem", "*Tls is Off*")]
    [InlineData("postgres:Host=db;Database=mdm;KeyFile=key.pem", "*KeyFile belongs to a CertificateFile*")]
    [InlineData("postgres:Host=db;Database=mdm;Schema=pg_mine", "*Schema is a name*")]
    [InlineData("postgres:Host=db;Database=mdm;Schema=a\"b", "*Schema is a name*")]
    [InlineData("postgres:Host=db;Database=mdm;Schema=Upper", "*Schema is a name*")]
    [InlineData("postgres:Host=db;Database=mdm;PasswordFile=a;PassFile=b", "*exclude each other*")]
    [InlineData("postgres:Host=db;Database=mdm;Username=", "*Username needs a value*")]
    [InlineData("postgres:Host=db;Database", "*has no '='*")]
    [InlineData("postgres:Host=db;Database=mdm;MaxConnections=1", "*MaxConnections is a number from 2 to 100*")]
    public void Says_what_is_wrong_with_the_address_of_a_server(string text, string message) =>
        FluentActions.Invoking(() => SqlStoreAddress.Parse(text, "/")).Should().Throw<SqlStoreException>().WithMessage(message).Which.Trouble.Should().Be(SqlTrouble.Configuration);

    [Theory]
    [InlineData("postgres:Host=db;Database=mdm;Password=hunter2")]
    [InlineData("postgres:Host=db;Database=mdm;pwd=hunter2")]
    public void Takes_no_password_and_does_not_repeat_it(string text) =>
        FluentActions.Invoking(() => SqlStoreAddress.Parse(text, "/")).Should().Throw<SqlStoreException>().WithMessage("*PasswordFile*").Which.Message.Should().NotContain("hunter2");

    [Theory]
    [InlineData("postgres:Host=db.example;Database=mdm", "VerifyFull")]
    [InlineData("postgres:Host=10.0.0.7;Database=mdm", "VerifyFull")]
    [InlineData("postgres:Host=db.example;Database=mdm;Tls=Off", "Off")]
    [InlineData("postgres:Host=/run/postgresql;Database=mdm", "Off")]
    [InlineData("postgres:Host=localhost;Database=mdm", "Off")]
    [InlineData("postgres:Host=::1;Database=mdm", "Off")]
    [InlineData("postgres:Host=127.0.0.1;Database=mdm;tls=verifyfull", "VerifyFull")]
    public void Leaves_this_machine_only_under_verified_tls_unless_told_otherwise(string text, string tls) =>
        SqlStoreAddress.Parse(text, "/").Server!.Tls.ToString().Should().Be(tls);

    [Fact]
    public void Prints_what_it_read()
    {
        var address = SqlStoreAddress.Parse("postgres:Host=db;Database=mdm;Username=u;Schema=s;PasswordFile=secrets/db;MaxConnections=9;ConnectTimeout=3", "/srv/mdm");

        address.Dialect.Should().Be(SqlDialect.Postgres);
        address.File.Should().BeNull();
        address.Server!.PasswordFile.Should().Be("/srv/mdm/secrets/db");
        SqlStoreAddress.Parse(address.ToString(), "/elsewhere").Should().Be(address);
    }
}
